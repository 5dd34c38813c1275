import { fail, type InputOf, type updateProfile as operation, type User } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { checkMetadata, invalid, requireUsername } from '../../domain/identifiers.js'
import { type UserRow, users } from '../../domain/tables.js'
import { requireUser, searchText, userView } from '../../domain/users.js'
import { UniqueViolation } from '../../store/store.js'
import type { Json } from '../../store/table.js'

type Input = InputOf<typeof operation>
type Change = { -readonly [K in keyof UserRow]?: UserRow[K] }

/** Changes what is sent, takes away what is null (RFC 7396), and leaves the rest. */
export async function updateProfile(context: Context, caller: Caller, input: Input): Promise<{ user: User }> {
  const { userId } = caller.access!
  for (;;) {
    const user = await requireUser(context, userId)
    const changed = changesOf(user, input)
    const search = searchText({ ...user, ...changed })
    const set = { ...changed, search, updated_at: Math.max(context.clock.now(), user.updated_at + 1) }
    const where = { id: userId, status: 'active', updated_at: user.updated_at }
    if ((await write(() => context.store.update(users, where, set))) === 0) continue
    context.events.emit('user.updated', { userId }, caller)
    return { user: userView(await requireUser(context, userId)) }
  }
}

function changesOf(user: UserRow, input: Input): Change {
  const set: Change = {}
  for (const member of ['name', 'given_name', 'family_name', 'picture', 'locale', 'zoneinfo'] as const)
    if (input[member] !== undefined) set[member] = input[member]
  if (input.preferred_username !== undefined) Object.assign(set, username(user, input.preferred_username))
  if (input.metadata !== undefined) {
    set.metadata = input.metadata === null ? {} : mergePatch(user.metadata, input.metadata as Json)
    checkMetadata(set.metadata)
  }
  return set
}

function username(user: UserRow, input: string | null): Change {
  if (input === null) {
    if (user.email === null)
      throw invalid('preferred_username', 'cannot be taken away: it is the only way to sign in')
    return { preferred_username: null, username_normalized: null }
  }
  const { name, normalized } = requireUsername(input, 'preferred_username')
  return { preferred_username: name, username_normalized: normalized }
}

/** RFC 7396 section 2. */
function mergePatch(target: Json, patch: Json): Json {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const merged = new Map(
    typeof target === 'object' && target !== null && !Array.isArray(target) ? Object.entries(target) : [],
  )
  for (const [member, value] of Object.entries(patch)) {
    if (value === null) merged.delete(member)
    else merged.set(member, mergePatch(merged.get(member) ?? null, value))
  }
  return Object.fromEntries(merged)
}

async function write<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw error instanceof UniqueViolation ? fail('username_taken') : error
  }
}
