import { fail, type InputOf, type resendMail as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { type OutboxRow, outbox } from '../../domain/tables.js'
import { isUuidv7 } from '../../util/ids.js'

/** Puts a message that was given up back to those that wait. Throws `not_found`; `conflict` for any other. */
export async function resendMail(
  { store, clock, events, outbox: box }: Context,
  caller: Caller,
  { id }: InputOf<typeof operation>,
): Promise<Record<never, never>> {
  const row = isUuidv7(id) ? await store.get(outbox, { id }) : undefined
  if (!row) throw fail('not_found', { detail: 'There is no such message.' })
  const now = clock.now()
  const given = { id, state: 'failed', good_until: { gt: now } }
  const set = { state: 'waiting', due_at: now, attempts: 0, unclear: 0 }
  if ((await store.update(outbox, given, set)) === 0) throw fail('conflict', { detail: whyNot(row) })
  const owner = row.user_id !== null && { userId: row.user_id }
  events.emit('message.resent', { messageId: id, ...owner }, caller)
  box.hurry()
  return {}
}

function whyNot({ state }: OutboxRow): string {
  if (state === 'sent') return 'It was sent already.'
  return state === 'waiting' ? 'It is waiting to be sent anyway.' : 'Its time is over: have a new one made.'
}
