// What a merge-patch (RFC 7396) makes of a user's row: the members that people write themselves, whoever sends them.
// Who may change what else is the features'.
import type { Contract } from '@sallyport/protocol'
import type { Json } from '../store/table.js'
import { checkMetadata, invalid, type Naming, requireUsername } from './identifiers.js'
import type { UserRow } from './tables.js'

export type UserChange = { -readonly [K in keyof UserRow]?: UserRow[K] }

const plain = ['name', 'given_name', 'family_name', 'picture', 'locale', 'zoneinfo'] as const

export type ProfilePatch = { readonly [K in (typeof plain)[number]]?: string | null } & {
  readonly preferred_username?: string | null
  readonly metadata?: Record<string, unknown> | null
}

/** The changed columns of a profile. Throws `invalid_request` naming the member. */
export function profileChanges(
  user: UserRow,
  patch: ProfilePatch,
  contract: Naming & Pick<Contract, 'pictures'>,
): UserChange {
  const set: UserChange = {}
  for (const member of plain) if (patch[member] !== undefined) set[member] = patch[member]
  if (patch.preferred_username !== undefined)
    Object.assign(set, username(user, patch.preferred_username, contract))
  if (patch.picture !== undefined) set.picture = picture(patch.picture, contract)
  if (patch.metadata !== undefined) set.metadata = keep(user.metadata, patch.metadata, 'metadata')
  return set
}

/** What is kept with a user after a patch. Throws `invalid_request` where it is larger than 16 KiB. */
export function keep(before: Json, patch: Record<string, unknown> | null, member: string): Json {
  const after = patch === null ? {} : mergePatch(before, patch as Json)
  checkMetadata(after, member)
  return after
}

function username(user: UserRow, input: string | null, contract: Naming): UserChange {
  if (input === null) {
    if (user.email === null && user.phone_number === null)
      throw invalid('preferred_username', 'cannot be taken away: it is the only way to sign in')
    return { preferred_username: null, username_normalized: null }
  }
  const { name, normalized } = requireUsername(input, 'preferred_username', contract)
  return { preferred_username: name, username_normalized: normalized }
}

const httpsLink = /^https:\/\/[^\s/$.?#]\S*$/
/** What a browser would run, or show as ours. */
const dangerous = /^\s*(javascript|data|vbscript)\s*:/i

/** Where a picture is: an https link; where the contract takes `any`, also other text, of which the empty one is none. */
function picture(input: string | null, { pictures }: Pick<Contract, 'pictures'>): string | null {
  if (input === null || (pictures === 'any' && input === '')) return null
  if (pictures === 'any' ? !/\p{Cc}/u.test(input) && !dangerous.test(input) : httpsLink.test(input))
    return input
  throw invalid('picture', pictures === 'any' ? 'must be a plain link to a picture' : 'must be an https link')
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
