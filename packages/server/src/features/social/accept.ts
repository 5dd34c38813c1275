// A credential at the door: judged, and counted while it is not known to be good. It is accepted once: what is written
// because of it goes into one write with `spend`, so that whoever comes second with the same one changes nothing.
import { type Failure, fail } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { addressKey } from '../../domain/throttle.js'
import { UniqueViolation, type Write, write } from '../../store/store.js'
import { type Credential, judge } from './id-token.js'
import type { Provider } from './settings.js'
import { spentCredentials } from './tables.js'

/** What a client sends. */
export interface Presented {
  readonly credential: string
  readonly nonce?: string
}

/** The credential, where it is good. Throws `invalid_credentials`, `too_many_requests`, `provider_unavailable`. */
export async function accept(
  context: Context,
  caller: Caller,
  provider: Provider,
  { credential, nonce }: Presented,
): Promise<Credential> {
  const address = addressKey(caller.ip)
  // Counted first: a wrong one costs us a signature.
  await context.throttle.take('login_address', address)
  const verdict = await judge(context, provider, credential, nonce).catch(async (error) => {
    await context.throttle.giveBack('login_address', address)
    throw error
  })
  if ('refused' in verdict) {
    context.log.info({ provider: provider.name, reason: verdict.refused }, 'a credential was refused')
    throw wrong(context, caller)
  }
  await context.throttle.giveBack('login_address', address)
  return verdict.ok
}

/** The write by which a credential is used up. */
export function spend({ hash, expiresAt }: Credential): Write {
  return write.insert(spentCredentials, { hash, expires_at: expiresAt })
}

/** Whether a write failed because the credential was used up already. */
export const isSpent = (error: unknown): boolean =>
  error instanceof UniqueViolation && error.table === spentCredentials.name

/** The one answer to a credential that is not good; `userId` where it is known whose it is. */
export function wrong(context: Context, caller: Caller, userId?: string): Failure {
  const facts = { ...(userId !== undefined && { userId }), reason: 'credentials' as const }
  context.events.emit('login.failed', facts, caller)
  return fail('invalid_credentials', { detail: 'This credential is not good, or not any more.' })
}
