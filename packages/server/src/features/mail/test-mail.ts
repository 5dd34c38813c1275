import type { InputOf, OutputOf, testMail as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { invalid, parseEmail } from '../../domain/identifiers.js'
import { uuidv7 } from '../../util/ids.js'

type Output = OutputOf<typeof operation>

/**
 * Hands a test message over at once, past the outbox: whoever asks wants to know what became of it. Throws
 * `invalid_request` where `to` is neither an address nor a number.
 */
export async function testMail(
  context: Context,
  caller: Caller,
  { to, locale }: InputOf<typeof operation>,
): Promise<Output> {
  const { delivery, events, clock } = context
  const { channel, address } = recipientOf(to)
  const way = delivery.ways[channel]
  if (!way) return { sent: false, channel, why: 'nothing is configured that carries it' }
  const letter = { topic: 'test', channel, to: address, facts: {}, ...(locale !== undefined && { locale }) }
  const now = clock.now()
  const times = { attempt: 1, createdAt: now, goodUntil: now + way.patience }
  const parcel = { ...letter, ...(await delivery.render(letter)), id: uuidv7(now), ...times }
  const outcome = await way.hand(parcel, AbortSignal.timeout(way.patience))
  const sent = outcome.result === 'sent'
  events.emit('message.tested', { channel, sent }, caller)
  return { sent, channel, way: way.name, ...(outcome.result !== 'sent' && { why: outcome.why }) }
}

function recipientOf(to: string): { channel: 'email' | 'sms'; address: string } {
  const email = parseEmail(to)
  if (email) return { channel: 'email', address: email.address }
  if (/^\+[1-9]\d{6,14}$/.test(to)) return { channel: 'sms', address: to }
  throw invalid('to', 'must be one email address, or a number such as +15550100')
}
