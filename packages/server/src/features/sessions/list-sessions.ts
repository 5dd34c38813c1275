import type { InputOf, OutputOf, listSessions as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { invalid } from '../../domain/identifiers.js'
import { type SessionRow, sessions } from '../../domain/tables.js'
import { requireUser } from '../../domain/users.js'
import { cursorOf, InvalidCursor } from '../../store/store.js'

type Input = InputOf<typeof operation>

const order = { by: ['user_id', 'created_at'], direction: 'descending' } as const

/** The user's own live sessions, the newest first. */
export async function listSessions(
  context: Context,
  caller: Caller,
  input: Input,
): Promise<OutputOf<typeof operation>> {
  const { userId, sessionId } = caller.access!
  const { limit = 50, cursor } = input
  const rows = await page(context, userId, limit + 1, cursor)
  const items = rows.slice(0, limit).map((row) => view(row, sessionId))
  const last = rows[limit - 1]
  return rows.length > limit && last ? { items, next_cursor: cursorOf(sessions, last, order) } : { items }
}

async function page(context: Context, userId: string, limit: number, cursor?: string): Promise<SessionRow[]> {
  const { epoch } = await requireUser(context, userId)
  const now = context.clock.now()
  const where = { user_id: userId, epoch, idle_ends_at: { gt: now }, ends_at: { gt: now } }
  try {
    return await context.store.list(sessions, {
      where,
      order,
      limit,
      ...(cursor !== undefined && { after: cursor }),
    })
  } catch (error) {
    throw error instanceof InvalidCursor
      ? invalid('cursor', 'must be the next_cursor of an earlier answer')
      : error
  }
}

function view(row: SessionRow, current: string) {
  return {
    id: row.id,
    current: row.id === current,
    created_at: row.created_at,
    last_seen_at: row.last_seen_at,
    expires_at: Math.min(row.idle_ends_at, row.ends_at),
    amr: row.amr as string[],
    ...(row.user_agent !== null && { user_agent: row.user_agent }),
    ...(row.ip !== null && { ip: row.ip }),
  }
}
