// `sallyport mail …`: what is on its way to people, what it says, and whether it gets there.
import {
  type InputOf,
  listOutbox,
  type OutputOf,
  previewMail,
  resendMail,
  testMail,
} from '@sallyport/protocol'
import type { Operator } from '../server.js'
import type { Call, Run } from './call.js'
import { userId, withOperator } from './open.js'
import { json, listing, moment, out, repeated, say } from './print.js'
import { CommandError, usage } from './speak.js'

type Item = OutputOf<typeof listOutbox>['items'][number]

const columns = {
  ID: ({ id }: Item) => id,
  CREATED: ({ created_at }: Item) => moment(created_at),
  TOPIC: ({ topic }: Item) => topic,
  TO: ({ to }: Item) => to,
  STATE: ({ state }: Item) => state,
  TRIES: ({ attempts }: Item) => String(attempts),
  'LAST ERROR': ({ last_error }: Item) => last_error?.slice(0, 60),
}

async function queryOf(operator: Operator, { options }: Call): Promise<InputOf<typeof listOutbox>> {
  const { user, state, channel, limit, cursor } = options
  return {
    limit: limit === undefined ? 50 : Number(limit),
    ...(user !== undefined && { user_id: await userId(operator, user) }),
    ...(state !== undefined && { state: state as Item['state'] }),
    ...(channel !== undefined && { channel: channel as Item['channel'] }),
    ...(cursor !== undefined && { cursor }),
  }
}

export const listQueue: Run = (call) =>
  withOperator(call, async (operator) => {
    const asJson = call.options.json
    const page = await operator.call(listOutbox, await queryOf(operator, call))
    await out(asJson ? json(operator.shown(listOutbox, page)) : listing(page.items, columns))
    if (!asJson) say(`${page.items.length} of about ${page.total_estimate}`)
    const filters = ['user', 'state', 'channel', 'limit'] as const
    if (page.next_cursor !== undefined)
      say(`→ sallyport mail list ${repeated(call, filters)}--cursor ${page.next_cursor}`)
    return 0
  })

export const resend: Run = (call) => {
  const list = 'sallyport mail list --state failed'
  return withOperator(
    call,
    async (operator) => {
      await operator.call(resendMail, { id: call.names[0]! })
      if (call.options.json) await out(json({ resent: true }))
      say('Waiting again. A running server sends it within a second.')
      return 0
    },
    { not_found: list, conflict: list },
  )
}

export const preview: Run = (call) => {
  const { html, source, locale, channel, json: asJson } = call.options
  if (html && source)
    throw usage('--html and --source ask for two things; keep one', 'sallyport mail preview')
  return withOperator(
    call,
    async (operator) => {
      const shown = await operator.call(previewMail, {
        topic: call.names[0]!,
        ...(locale !== undefined && { locale }),
        ...(channel !== undefined && { channel: channel as Item['channel'] }),
      })
      if (html && shown.html === undefined)
        throw new CommandError(`${shown.topic} has no HTML by ${shown.channel}`, 'Leave --html out', 1)
      await out(asJson ? json(shown) : textOf(shown, html, source))
      return 0
    },
    { not_found: 'sallyport mail preview verify_email' },
  )
}

function textOf(
  { subject, text, html, sources }: OutputOf<typeof previewMail>,
  asHtml: boolean | undefined,
  asSource: boolean | undefined,
): string {
  if (asHtml) return html!
  if (asSource) return sources.map(({ name, source }) => `==> ${name}\n${source.trimEnd()}\n`).join('\n')
  return subject === undefined ? `${text}\n` : `Subject: ${subject}\n\n${text}`
}

export const test: Run = (call) =>
  withOperator(call, async (operator) => {
    const { locale, json: asJson } = call.options
    const outcome = await operator.call(testMail, {
      to: call.names[0]!,
      ...(locale !== undefined && { locale }),
    })
    if (asJson) await out(json(outcome))
    const { sent, way, why } = outcome
    if (!sent)
      throw new CommandError(
        way === undefined ? `${why}` : `${way} did not take it: ${why}`,
        way === undefined ? 'Set smtp.host and smtp.from, then: sallyport doctor' : 'sallyport doctor',
        4,
      )
    say(`Handed to ${way}.`)
    return 0
  })
