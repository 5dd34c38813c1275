import type { InputOf, OutputOf, listAudit as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { listPage, timeOf } from '../../domain/paging.js'
import { type AuditRow, audit, NEVER } from '../../domain/tables.js'

type Output = OutputOf<typeof operation>

/** Entries, the newest first: of a user, of one kind, of a time. */
export async function listAudit(
  { store, audit: log }: Context,
  _caller: Caller,
  input: InputOf<typeof operation>,
): Promise<Output> {
  const { user_id, event, cursor, limit = 50 } = input
  const at = { gte: timeOf(input.from, 'from', 0), lte: timeOf(input.to, 'to', NEVER) }
  const where = { at, ...(user_id !== undefined && { user_id }), ...(event !== undefined && { event }) }
  const order = { by: ['at'] as const, direction: 'descending' as const }
  // What this process has just seen is shown as well.
  await log.settled()
  const { rows, next } = await listPage(store, audit, { where, order, limit }, cursor)
  return { items: rows.map(view), ...(next !== undefined && { next_cursor: next }) }
}

const optional = ['actor_id', 'user_id', 'session_id', 'ip', 'user_agent', 'request_id'] as const

function view(row: AuditRow): Output['items'][number] {
  const { id, at, event, outcome, actor, details } = row
  const known = optional.flatMap((member) => (row[member] === null ? [] : [[member, row[member]]]))
  return { id, at, event, outcome, actor, details, ...Object.fromEntries(known) }
}
