import type {
  InputOf,
  listVerifiers as listing,
  OutputOf,
  removeVerifier as removal,
} from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'

/** The verifier keys of the settings, by their ids. */
export async function listVerifiers(
  { verifiers }: Context,
  _caller: Caller,
): Promise<OutputOf<typeof listing>> {
  const items = (await verifiers.list()).map(({ id, removedAt }) => ({
    id,
    state: removedAt === undefined ? ('active' as const) : ('removed' as const),
    ...(removedAt !== undefined && { removed_at: removedAt }),
  }))
  return { items }
}

/** A verifier's key counts no longer, on every server, and its feeds end. */
export async function removeVerifier(context: Context, caller: Caller, { id }: InputOf<typeof removal>) {
  await context.verifiers.remove(caller, id)
  return listVerifiers(context, caller)
}
