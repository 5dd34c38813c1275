import { fail, type InputOf, type OutputOf, type getLink as operation } from '@sallyport/protocol'
import { peek } from '../../domain/codes.js'
import type { Caller, Context } from '../../domain/context.js'

/** Every purpose of which links are sent. */
const purposes = ['verify_email', 'change_email', 'undo_email', 'reset_password', 'login'] as const

/** For the page behind a link: what it would do, however often it is looked at. Throws `code_invalid`. */
export async function getLink(
  context: Context,
  _caller: Caller,
  { token }: InputOf<typeof operation>,
): Promise<OutputOf<typeof operation>> {
  const proof = await peek(context, token, purposes)
  if (!proof) throw fail('code_invalid')
  const { purpose, address, shown, ends_at } = proof.row
  const email = shown ?? address
  return {
    purpose: purpose as (typeof purposes)[number],
    expires_at: ends_at,
    ...(email !== null && { email }),
  }
}
