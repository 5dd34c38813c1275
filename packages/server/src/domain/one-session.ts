// Contracts on which a user has one session: whoever signs in ends the others, in the same write. And what can be said of
// a session that is over: that a newer one took its place, or that its user is gone.
import { type Contract, type Failure, fail } from '@sallyport/protocol'
import { type Write, write } from '../store/store.js'
import type { Caller, Context } from './context.js'
import { sessions, users } from './tables.js'

/** What goes into the write that opens a session. */
export interface Replacing {
  readonly writes: readonly Write[]
  /** To be called once it is written. */
  settle(caller: Caller): void
  /** Where it was not written: whether that may be because there are other sessions now, so that it is worth a try again. */
  moved(): Promise<boolean>
}

const nothing: Replacing = { writes: [], settle: () => {}, moved: async () => false }
const MOST = 1000

/** The end of a user's sessions on a contract that allows one. */
export async function replacing(context: Context, contract: Contract, userId: string): Promise<Replacing> {
  if (contract.sessions?.perUser !== 'one') return nothing
  const { store, changes, events } = context
  const where = { user_id: userId, contract: contract.name }
  const list = async () => (await store.list(sessions, { where, limit: MOST })).map(({ id }) => id)
  const ids = await list()
  const ended = ids.map((sid) => ({ kind: 'session_revoked', sid }) as const)
  return {
    writes: [
      // Exactly those that were read: one that took the place of another meanwhile would else end without a word to
      // anybody, and its access token would live on.
      ...(ids.length > 0 ? [write.remove(sessions, { ...where, id: { in: ids } }, ids.length)] : []),
      write.remove(sessions, where, ids.length < MOST ? 0 : undefined),
      ...ended.map((change) => changes.record(change)),
    ],
    settle: (caller) => {
      for (const change of ended) {
        changes.apply(change)
        events.emit('session.ended', { userId, sessionId: change.sid }, caller)
      }
    },
    moved: async () => (await list()).join() !== ids.join(),
  }
}

/** Why a session is over, as far as what is left tells; `userId` where it is known whose it was. */
export async function endedSession(context: Context, contract: Contract, userId?: string): Promise<Failure> {
  if (userId === undefined) return fail('session_ended')
  const user = await context.store.get(users, { id: userId })
  if (user?.status !== 'active') return fail('session_ended', { shade: 'user' })
  if (contract.sessions?.perUser !== 'one') return fail('session_ended')
  const now = context.clock.now()
  const living = { epoch: user.epoch, idle_ends_at: { gt: now }, ends_at: { gt: now } }
  const where = { user_id: userId, contract: contract.name, ...living }
  const others = await context.store.count(sessions, where, 1)
  return fail('session_ended', others > 0 ? { shade: 'replaced' } : {})
}
