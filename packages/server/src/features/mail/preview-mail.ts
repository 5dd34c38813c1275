import { fail, type InputOf, type OutputOf, type previewMail as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'

/** A message in words, with facts as they might be, and its templates. Throws `not_found` naming the topics. */
export async function previewMail(
  { delivery }: Context,
  _caller: Caller,
  { topic, channel: wanted, locale }: InputOf<typeof operation>,
): Promise<OutputOf<typeof operation>> {
  const isMailed = delivery.topics('email').includes(topic) || !delivery.topics('sms').includes(topic)
  const channel = wanted ?? (isMailed ? 'email' : 'sms')
  const known = delivery.topics(channel)
  if (!known.includes(topic))
    throw fail('not_found', { detail: `There is no ${topic} by ${channel}. There are: ${known.join(', ')}.` })
  const words = await delivery.render(delivery.sample(topic, channel, locale))
  const sources = await delivery.sources(topic, channel, locale)
  return {
    topic,
    channel,
    ...words,
    sources: Object.entries(sources).map(([name, source]) => ({ name, source })),
  }
}
