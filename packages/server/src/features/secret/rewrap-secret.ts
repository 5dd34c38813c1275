import type { InputOf, OutputOf, rewrapSecret as operation } from '@sallyport/protocol'
import { keepAuditKey } from '../../domain/audit-keys.js'
import type { Caller, Context } from '../../domain/context.js'
import { rewrapAll } from '../../domain/sealed.js'
import { endAllSessions } from './end-all-sessions.js'

/** Seals everything under the current secret, so that the older one can go. After a leak it also ends every session. */
export async function rewrapSecret(
  context: Context,
  caller: Caller,
  input: InputOf<typeof operation>,
): Promise<OutputOf<typeof operation>> {
  const { store, secrets, clock, log, events } = context
  const { rewrapped, unopenable } = await rewrapAll(context)
  if (unopenable > 0) log.warn({ unopenable }, 'sealed values that neither secret opens were left alone')
  await keepAuditKey(store, secrets, clock.now())
  const sessionsEnded = input.end_all_sessions ? await endAllSessions(context, caller) : 0
  events.emit('secret.rewrapped', { count: rewrapped, sessionsEnded }, caller)
  return { rewrapped, sessions_ended: sessionsEnded }
}
