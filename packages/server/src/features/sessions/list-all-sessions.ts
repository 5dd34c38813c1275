import type { InputOf, OutputOf, listAllSessions as operation } from '@sallyport/protocol'
import { isAlive } from '../../domain/access.js'
import type { Caller, Context } from '../../domain/context.js'
import { listPage } from '../../domain/paging.js'
import { type SessionRow, sessions, users } from '../../domain/tables.js'
import { cursorOf } from '../../store/store.js'
import { isUuidv7 } from '../../util/ids.js'

type Output = OutputOf<typeof operation>

/** Pages that are looked through for one that is answered: sessions that an epoch ended are swept, but not at once. */
const MOST_PAGES = 10
/** The estimate says 10,001 where there are more than 10,000. */
const CAP = 10_001

/** Live sessions of a user or of everybody, the newest first. */
export async function listAllSessions(
  context: Context,
  _caller: Caller,
  input: InputOf<typeof operation>,
): Promise<Output> {
  const { user_id, limit = 50 } = input
  if (user_id !== undefined && !isUuidv7(user_id)) return { items: [], total_estimate: 0 }
  const now = context.clock.now()
  const lasting = { idle_ends_at: { gt: now }, ends_at: { gt: now } }
  const where = { ...lasting, ...(user_id !== undefined && { user_id }) }
  const order = {
    by: user_id === undefined ? (['created_at'] as const) : (['user_id', 'created_at'] as const),
    direction: 'descending' as const,
  }
  const found: SessionRow[] = []
  let cursor = input.cursor
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const { rows, next } = await listPage(context.store, sessions, { where, order, limit }, cursor)
    found.push(...(await living(context, rows)))
    cursor = next
    if (next === undefined || found.length >= limit) break
  }
  const items = found.slice(0, limit)
  if (found.length > limit) cursor = cursorOf(sessions, items[limit - 1]!, order)
  const total_estimate = await context.store.count(sessions, where, CAP)
  return { items: items.map(view), total_estimate, ...(cursor !== undefined && { next_cursor: cursor }) }
}

/** Those whose user still stands behind them. */
async function living({ store, clock }: Context, rows: readonly SessionRow[]): Promise<SessionRow[]> {
  const ids = [...new Set(rows.map((row) => row.user_id))]
  if (ids.length === 0) return []
  const found = await store.list(users, { where: { id: { in: ids } }, limit: ids.length })
  const byId = new Map(found.map((user) => [user.id, user]))
  return rows.filter((row) => {
    const user = byId.get(row.user_id)
    return user !== undefined && isAlive(row, user, clock.now())
  })
}

function view(row: SessionRow): Output['items'][number] {
  return {
    id: row.id,
    user_id: row.user_id,
    contract: row.contract,
    created_at: row.created_at,
    last_seen_at: row.last_seen_at,
    expires_at: Math.min(row.idle_ends_at, row.ends_at),
    amr: row.amr as string[],
    ...(row.user_agent !== null && { user_agent: row.user_agent }),
    ...(row.ip !== null && { ip: row.ip }),
  }
}
