import { fail, type OutputOf, type setUpLink as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { administration } from '../../domain/tables.js'
import { sha256 } from '../../util/hash.js'
import { randomBytes } from '../../util/ids.js'

/** How long a link is good for. Milliseconds. */
const GOOD_FOR = 15 * 60_000

/** A new token, of which the store keeps a hash; the one before it is void. Throws `conflict` once the door is closed. */
export async function makeLink(context: Context, caller: Caller): Promise<OutputOf<typeof operation>> {
  const token = randomBytes(32).toString('base64url')
  const expires_at = context.clock.now() + GOOD_FOR
  const open = { id: 'first', claimed_at: { isNull: true } }
  const set = { token_hash: sha256(token), token_ends_at: expires_at }
  if ((await context.store.update(administration, open, set)) === 0)
    throw fail('conflict', {
      detail:
        'The first administrator was made already. Make another one: sallyport user create --email you@example.com --role admin --password-stdin',
    })
  context.events.emit('setup.link_made', {}, caller)
  return { token, expires_at }
}
