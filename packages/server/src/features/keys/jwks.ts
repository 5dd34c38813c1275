import type { Caller, Context } from '../../domain/context.js'

/** The public keys a verifier needs: those that sign, will sign next, or signed what may still be alive. */
export async function jwks(context: Context, _caller: Caller) {
  return { keys: context.keys.published() as Record<string, unknown>[] }
}
