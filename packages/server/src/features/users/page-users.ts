import type { InputOf, OutputOf, pageUsers as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { invalid } from '../../domain/identifiers.js'
import { users } from '../../domain/tables.js'
import { showUsers } from '../../domain/users.js'

type Input = InputOf<typeof operation>

/** As the store leaves out at most. */
const DEEPEST = 10_000
const USUAL = 20

/** A page of users, the oldest first, and how many there are. The store counts where no request waits for it. */
export async function pageUsers(
  context: Context,
  { contract }: Caller,
  input: Input,
): Promise<OutputOf<typeof operation>> {
  const { store } = context
  const { skip, size } = placeOf(input)
  const where = { status: { in: ['active', 'disabled'] } }
  const order = { by: ['created_at'], direction: 'ascending' } as const
  const [rows, total] = await Promise.all([
    store.list(users, { where, order, limit: size, offset: skip }),
    store.count(users, where, Number.MAX_SAFE_INTEGER),
  ])
  return {
    items: await showUsers(context, contract, rows),
    total,
    pages: Math.ceil(total / size),
    page: Math.floor(skip / size),
    size,
    count: rows.length,
    first: skip === 0,
    last: skip + rows.length >= total,
    empty: rows.length === 0,
  }
}

/** Throws `invalid_request` naming the member. */
function placeOf({ page, size, skip, limit }: Input): { skip: number; size: number } {
  if (page !== undefined && skip !== undefined) throw invalid('skip', 'must not be given together with page')
  if (size !== undefined && limit !== undefined)
    throw invalid('limit', 'must not be given together with size')
  const one = size ?? limit ?? USUAL
  const left = skip ?? (page ?? 0) * one
  if (left > DEEPEST) throw invalid('page', `is too far: at most ${DEEPEST} users can come before a page`)
  return { skip: left, size: one }
}
