import type { Contract, InputOf, OutputOf, listUsers as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { parseEmail, parseUsername } from '../../domain/identifiers.js'
import { listPage } from '../../domain/paging.js'
import { type UserRow, users } from '../../domain/tables.js'
import { fold, showUsers } from '../../domain/users.js'
import { cursorOf, type Where } from '../../store/store.js'
import { isUuidv7 } from '../../util/ids.js'

type Input = InputOf<typeof operation>
type Output = OutputOf<typeof operation>

/** The estimate says 10,001 where there are more than 10,000. */
const CAP = 10_001

/**
 * Users, the newest first. A search that is a whole id or address answers that user alone, from an index; a whole
 * username comes first; everything else is looked for in the text of every user, where no request waits for it.
 */
export async function listUsers(context: Context, { contract }: Caller, input: Input): Promise<Output> {
  const sought = input.search === undefined ? '' : fold(input.search.trim())
  if (sought === '') return page(context, contract, input, {})
  const one = await exactly(context, sought)
  if (one)
    return fits(one, input) ? { items: await showUsers(context, contract, [one]), total_estimate: 1 } : nobody
  return page(context, contract, input, { search: { contains: sought } }, await named(context, sought, input))
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

async function page(
  context: Context,
  contract: Contract,
  input: Input,
  search: Where<UserRow>,
  head?: UserRow,
): Promise<Output> {
  const { status, cursor, limit = 50 } = input
  const where = { ...(status !== undefined && { status }), ...search }
  const order = orderOf(status)
  const first = cursor === undefined
  const room = head && first ? limit - 1 : limit
  // One more than there is room for, since the head may be among them.
  const { rows, next } = await listPage(context.store, users, { where, order, limit: room + 1 }, cursor)
  const rest = rows.filter(({ id }) => id !== head?.id)
  const shown = rest.slice(0, room)
  const items = await showUsers(context, contract, head && first ? [head, ...shown] : shown)
  const last = next !== undefined || rest.length > room ? shown.at(-1) : undefined
  if (first && !last) return { items, total_estimate: items.length }
  const total_estimate = await context.store.count(users, where, CAP)
  return { items, total_estimate, ...(last && { next_cursor: cursorOf(users, last, order) }) }
}

const orderOf = (status: string | undefined) =>
  ({
    by: status === undefined ? (['created_at'] as const) : (['status', 'created_at'] as const),
    direction: 'descending',
  }) as const
