// `sallyport audit …`: what happened. `list` for eyes, `export` for programs (one JSON object a line, as it is read),
// `verify` follows the hash chains.
import { type InputOf, listAudit, type OutputOf, verifyAudit } from '@sallyport/protocol'
import type { Operator } from '../server.js'
import type { Call, Run } from './call.js'
import { userId, withOperator } from './open.js'
import { json, listing, moment, out, progress, progressDone, repeated, say } from './print.js'

type Entry = OutputOf<typeof listAudit>['items'][number]

const columns = {
  AT: ({ at }: Entry) => moment(at),
  EVENT: ({ event }: Entry) => event,
  OUTCOME: ({ outcome }: Entry) => outcome,
  BY: ({ actor, actor_id = '' }: Entry) => (actor_id.startsWith(actor) ? actor_id : `${actor} ${actor_id}`),
  USER: ({ user_id }: Entry) => user_id,
  FROM: ({ ip }: Entry) => ip,
}

async function queryOf(operator: Operator, { options }: Call): Promise<InputOf<typeof listAudit>> {
  const { user, event, from, to, cursor } = options
  return {
    ...(user !== undefined && { user_id: await userId(operator, user) }),
    ...(event !== undefined && { event }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(cursor !== undefined && { cursor }),
  }
}

const filters = ['user', 'event', 'from', 'to', 'limit'] as const

export const listEntries: Run = (call) =>
  withOperator(call, async (operator) => {
    const { limit, json: asJson } = call.options
    const query = await queryOf(operator, call)
    const page = await operator.call(listAudit, { ...query, limit: limit === undefined ? 50 : Number(limit) })
    await out(asJson ? json(operator.shown(listAudit, page)) : listing(page.items, columns))
    if (page.next_cursor !== undefined)
      say(`→ sallyport audit list ${repeated(call, filters)}--cursor ${page.next_cursor}`)
    return 0
  })

export const exportEntries: Run = (call) =>
  withOperator(call, async (operator) => {
    const query = await queryOf(operator, call)
    let written = 0
    for (let cursor = query.cursor; ; ) {
      const page = await operator.call(listAudit, { ...query, limit: 1000, ...(cursor && { cursor }) })
      const { items } = operator.shown(listAudit, page) as { items: unknown[] }
      await out(items.map((item) => `${JSON.stringify(item)}\n`).join(''))
      written += items.length
      progress(`${written} entries`)
      cursor = page.next_cursor
      if (cursor === undefined) break
    }
    progressDone()
    say(`${written} entries, the newest first.`)
    return 0
  })

export const verify: Run = (call) =>
  withOperator(call, async (operator) => {
    progress('Following the chains…')
    const found = await operator.call(verifyAudit, {})
    progressDone()
    if (call.options.json) await out(json(found))
    else {
      const { entries, chains, problems } = found
      const rows = problems.map(({ chain, sequence, problem }) => `${problem}  ${chain} ${sequence}\n`)
      await out(`${found.intact ? 'intact' : 'NOT INTACT'}  ${entries} entries in ${chains} chains\n`)
      await out(rows.join(''))
    }
    if (!found.intact) say('→ Keep a copy of the database as it is, and compare with a backup')
    return found.intact ? 0 : 1
  })
