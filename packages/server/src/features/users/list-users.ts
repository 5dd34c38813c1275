import type { InputOf, OutputOf, listUsers as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { invalid, parseEmail, parseUsername } from '../../domain/identifiers.js'
import { type UserRow, users } from '../../domain/tables.js'
import { fold, userView } from '../../domain/users.js'
import { cursorOf, InvalidCursor, type Where } from '../../store/store.js'
import { isUuidv7 } from '../../util/ids.js'

type Input = InputOf<typeof operation>
type Output = OutputOf<typeof operation>

/** The estimate says 10,001 where there are more than 10,000. */
const CAP = 10_001

/**
 * Users, the newest first. A search that is a whole id or address answers that user alone, from an index; a whole
 * username comes first; everything else is looked for in the text of every user, where no request waits for it.
 */
export async function listUsers(context: Context, _caller: Caller, input: Input): Promise<Output> {
  const sought = input.search === undefined ? '' : fold(input.search.trim())
  if (sought === '') return page(context, input, {})
  const one = await exactly(context, sought)
  if (one) return fits(one, input) ? { items: [userView(one)], total_estimate: 1 } : nobody
  return page(context, input, { search: { contains: sought } }, await named(context, sought, input))
}

const nobody: Output = { items: [], total_estimate: 0 }
const fits = ({ status }: UserRow, { status: wanted }: Input) => wanted === undefined || status === wanted

async function exactly({ store }: Context, sought: string): Promise<UserRow | undefined> {
  if (isUuidv7(sought)) return store.get(users, { id: sought })
  const email = parseEmail(sought)
  if (!email) return undefined
  return (await store.list(users, { where: { email_normalized: email.normalized }, limit: 1 }))[0]
}

/** The user of that very name, for the head of the first page; a page of one has no head. */
async function named({ store }: Context, sought: string, input: Input): Promise<UserRow | undefined> {
  const normalized = parseUsername(sought)?.normalized
  if (normalized === undefined || input.limit === 1) return undefined
  const [user] = await store.list(users, { where: { username_normalized: normalized }, limit: 1 })
  return user && fits(user, input) ? user : undefined
}

async function page(context: Context, input: Input, search: Where<UserRow>, head?: UserRow): Promise<Output> {
  const { status, cursor, limit = 50 } = input
  const where = { ...(status !== undefined && { status }), ...search }
  const first = cursor === undefined
  const room = head && first ? limit - 1 : limit
  const found = await rowsOf(context, input, where, room + 2)
  const rows = found.filter(({ id }) => id !== head?.id)
  const shown = rows.slice(0, room)
  const items = (head && first ? [head, ...shown] : shown).map(userView)
  const last = shown.at(-1)
  if (rows.length <= room || !last)
    return { items, total_estimate: first ? items.length : await context.store.count(users, where, CAP) }
  const total_estimate = await context.store.count(users, where, CAP)
  return { items, total_estimate, next_cursor: cursorOf(users, last, orderOf(status)) }
}

const orderOf = (status: string | undefined) =>
  ({
    by: status === undefined ? (['created_at'] as const) : (['status', 'created_at'] as const),
    direction: 'descending',
  }) as const

async function rowsOf(
  { store }: Context,
  { status, cursor }: Input,
  where: Where<UserRow>,
  limit: number,
): Promise<UserRow[]> {
  try {
    const after = cursor === undefined ? {} : { after: cursor }
    return await store.list(users, { where, order: orderOf(status), limit, ...after })
  } catch (error) {
    throw error instanceof InvalidCursor
      ? invalid('cursor', 'must be the next_cursor of an earlier answer')
      : error
  }
}
