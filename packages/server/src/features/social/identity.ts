// Rows of identities: found, made and shown.
import type { Context } from '../../domain/context.js'
import { type IdentityRow, identities } from '../../domain/identities.js'
import { uuidv7 } from '../../util/ids.js'
import type { Credential } from './id-token.js'

/** Whom a provider's subject is known as. */
export async function findIdentity(
  { store }: Context,
  provider: string,
  subject: string,
): Promise<IdentityRow | undefined> {
  const [found] = await store.list(identities, { where: { provider, subject }, limit: 1 })
  return found
}

export function newIdentity(
  { clock }: Context,
  userId: string,
  { subject }: Credential,
  email: string | null,
): IdentityRow {
  const now = clock.now()
  const times = { created_at: now, last_used_at: now }
  return { id: uuidv7(now), user_id: userId, provider: 'google', subject, email, ...times }
}

/** What its owner is shown: not the subject, by which only the provider knows anybody. */
export function identityView({ provider, email, created_at, last_used_at }: IdentityRow) {
  return { provider, created_at, last_used_at, ...(email !== null && { email }) }
}
