import { fail, type OutputOf, type publicPem as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'

/** The public half of the key that signs this contract's tokens. Throws `not_found` where a secret signs them. */
export async function publicPem(
  { keys }: Context,
  { contract }: Caller,
): Promise<OutputOf<typeof operation>> {
  const pem = keys.publicPem(contract)
  if (pem !== undefined) return { public_key: pem }
  throw fail('not_found', { detail: 'These tokens are verified with a secret, which is shown to nobody.' })
}
