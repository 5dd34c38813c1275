import type { InputOf, OutputOf, listOutbox as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { invalid } from '../../domain/identifiers.js'
import { listPage } from '../../domain/paging.js'
import { type OutboxRow, outbox } from '../../domain/tables.js'
import { isUuid } from '../../util/ids.js'

type Output = OutputOf<typeof operation>
type Item = Output['items'][number]

/** The queue, the newest first. Nothing of what a message says is in it. Throws `invalid_request`. */
export async function listOutbox(
  context: Context,
  _caller: Caller,
  input: InputOf<typeof operation>,
): Promise<Output> {
  const { state, channel, user_id, cursor, limit = 50 } = input
  if (user_id !== undefined && !isUuid(user_id)) throw invalid('user_id', 'must be the id of a user')
  const where = {
    ...(state !== undefined && { state }),
    ...(channel !== undefined && { channel }),
    ...(user_id !== undefined && { user_id }),
  }
  const order = { by: ['created_at'] as const, direction: 'descending' as const }
  const { rows, next } = await listPage(context.store, outbox, { where, order, limit }, cursor)
  const total_estimate = await context.store.count(outbox, where)
  const items = rows.map((row) => view(context, row))
  return { items, total_estimate, ...(next !== undefined && { next_cursor: next }) }
}

function view({ outbox: box }: Context, row: OutboxRow): Item {
  const { id, topic, channel, attempts, created_at, due_at, good_until, user_id, sent_at, last_error } = row
  const to = box.read(row)?.to
  return {
    id,
    topic,
    channel: channel as Item['channel'],
    state: row.state as Item['state'],
    attempts,
    created_at,
    due_at,
    good_until,
    ...(to !== undefined && { to }),
    ...(user_id !== null && { user_id }),
    ...(sent_at !== null && { sent_at }),
    ...(last_error !== null && { last_error }),
  }
}
