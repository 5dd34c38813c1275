// `sallyport session …`: who is signed in, and signing them out.
import { endAnySession, listAllSessions, logOutUser, type OutputOf } from '@sallyport/protocol'
import { confirmed } from './ask.js'
import type { Run } from './call.js'
import { userId, withOperator } from './open.js'
import { json, listing, moment, out, repeated, say } from './print.js'
import { usage } from './speak.js'

type Session = OutputOf<typeof listAllSessions>['items'][number]

const columns = {
  ID: ({ id }: Session) => id,
  USER: ({ user_id }: Session) => user_id,
  CONTRACT: ({ contract }: Session) => contract,
  'LAST SEEN': ({ last_seen_at }: Session) => moment(last_seen_at),
  ENDS: ({ expires_at }: Session) => moment(expires_at),
  ADDRESS: ({ ip }: Session) => ip,
  BROWSER: ({ user_agent }: Session) => user_agent?.slice(0, 40),
}

export const listLive: Run = (call) =>
  withOperator(call, async (operator) => {
    const { cursor, limit, json: asJson } = call.options
    const [name] = call.names
    const user_id = name === undefined ? undefined : await userId(operator, name)
    const page = await operator.call(listAllSessions, {
      limit: limit === undefined ? 50 : Number(limit),
      ...(user_id !== undefined && { user_id }),
      ...(cursor !== undefined && { cursor }),
    })
    await out(asJson ? json(operator.shown(listAllSessions, page)) : listing(page.items, columns))
    if (!asJson) say(`${page.items.length} of about ${page.total_estimate}`)
    if (page.next_cursor !== undefined)
      say(
        `→ sallyport session list ${name === undefined ? '' : `${name} `}${repeated(call, ['limit'])}--cursor ${page.next_cursor}`,
      )
    return 0
  })

export const end: Run = (call) => {
  const { user, yes, json: asJson } = call.options
  const [id] = call.names
  if ((id === undefined) === (user === undefined))
    throw usage('name one session, or a user with --user', 'sallyport session list')
  const hints = { not_found: 'sallyport session list' }
  return withOperator(
    call,
    async (operator) => {
      if (user === undefined) await operator.call(endAnySession, { id: id! })
      else {
        const owner = await userId(operator, user)
        await confirmed(`End every session of ${user}`, yes, `sallyport session end --user ${user}`)
        await operator.call(logOutUser, { id: owner })
      }
      if (asJson) await out(json({ ended: true }))
      say('Ended. A running server refuses its tokens within a second.')
      return 0
    },
    hints,
  )
}
