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
  settle(caller: Caller): Promise<void>
  /** Where it was not written, for so many times: whether that may be because there are other sessions now, so that it is worth a try again. */
  moved(times: number): Promise<boolean>
}

const nothing: Replacing = { writes: [], settle: async () => {}, moved: async () => false }
const MOST = 1000

/** Sessions that came and went between two looks leave no trace: so often it is tried again on suspicion. */
const TRIED = 8

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
    settle: async (caller) => {
      for (const change of ended) {
        changes.apply(change)
        events.emit('session.ended', { userId, sessionId: change.sid }, caller)
      }
      // Where sessions live apart from the database, log-ins beside each other do not wait for each other. The newest
      // stays, and whoever looks last has seen them all.
      for (const sid of (await list()).slice(0, -1)) await endOlder(context, caller, userId, sid)
    },
    moved: async (times) => {
      const standing = await list()
      // There they may have ended although the rest was not written: that is told, once too often rather than never.
      for (const change of ended.filter(({ sid }) => !standing.includes(sid))) {
        await store.atomically([changes.record(change)])
        changes.apply(change)
      }
      return times < TRIED || standing.join() !== ids.join()
    },
  }
}

async function endOlder(context: Context, caller: Caller, userId: string, sid: string): Promise<void> {
  const { store, changes, events } = context
  const change = { kind: 'session_revoked', sid } as const
  if (!(await store.atomically([write.remove(sessions, { id: sid }, 1), changes.record(change)]))) return
  changes.apply(change)
  events.emit('session.ended', { userId, sessionId: sid }, caller)
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
