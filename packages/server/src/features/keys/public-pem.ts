import { createPublicKey } from 'node:crypto'
import { fail, type OutputOf, type publicPem as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'

/** The public half of the key that signs this contract's tokens. Throws `not_found` where a secret signs them. */
export async function publicPem(
  { keys }: Context,
  { contract }: Caller,
): Promise<OutputOf<typeof operation>> {
  const public_key = keys.jwt(contract) ? keys.publicPem(contract) : ofServer(keys, contract)
  if (public_key === undefined)
    throw fail('not_found', { detail: 'These tokens are verified with a secret, which is shown to nobody.' })
  return { public_key }
}

/** Of a contract without tokens of its own. */
function ofServer(keys: Context['keys'], contract: Caller['contract']): string | undefined {
  const { key } = keys.active(contract)
  if (key.type !== 'private') return undefined
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
}
