import type { Caller, Context } from '../../domain/context.js'
import { requireKept, sweepSessions } from '../../domain/sessions.js'
import { sessions } from '../../domain/tables.js'
import { endEverything, requireUser } from '../../domain/users.js'
import { write } from '../../store/store.js'

/** Ends every session but this one: the epoch moves and this session moves with it, in one write. */
export async function endOtherSessions(context: Context, caller: Caller): Promise<Record<never, never>> {
  const { userId, sessionId } = caller.access!
  for (;;) {
    const user = await requireUser(context, userId)
    const { writes, change } = endEverything(context, user, {}, sessionId)
    const keep = { id: sessionId, user_id: userId, epoch: user.epoch }
    const kept = write.update(sessions, keep, { epoch: user.epoch + 1 }, 1)
    if (await context.store.atomically([...writes, kept])) {
      context.changes.apply(change)
      context.events.emit('sessions.ended', { userId, except: sessionId }, caller)
      await sweepSessions(context, userId, sessionId)
      return {}
    }
    // Somebody moved the epoch in between: the same session, and then it goes on, or one that ended this one.
    await requireKept(context, userId, sessionId)
  }
}
