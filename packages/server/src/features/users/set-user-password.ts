import type { InputOf, setUserPassword as operation } from '@sallyport/protocol'
import { endUser } from '../../domain/administrators.js'
import type { Caller, Context } from '../../domain/context.js'
import { hashNewPassword, ownerOf } from '../../domain/credentials.js'
import { notice } from '../../domain/notices.js'
import { sweepSessions } from '../../domain/sessions.js'
import { passwordColumns } from '../../domain/users.js'
import { findTarget } from './target.js'

/** Sets a password, ends every session and forgets the failed log-ins: somebody is being helped back in. */
export async function setUserPassword(
  context: Context,
  caller: Caller,
  { id, password }: InputOf<typeof operation>,
) {
  const owner = ownerOf(await findTarget(context, caller, id))
  const password_hash = await hashNewPassword(context, caller, password, owner, 'password')
  for (;;) {
    const user = await findTarget(context, caller, id)
    const told = notice(context, 'password_changed', user, caller)
    if (!(await endUser(context, user, passwordColumns(context, user, password_hash), told))) continue
    context.outbox.hurry()
    await context.throttle.clear(['login_account', 'login_account_total'], `user ${user.id}`)
    context.events.emit('password.changed', { userId: user.id }, caller)
    context.events.emit('sessions.ended', { userId: user.id }, caller)
    await sweepSessions(context, user.id, user.epoch + 1)
    return {}
  }
}
