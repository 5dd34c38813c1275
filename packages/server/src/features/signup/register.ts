import type { InputOf, OutputOf, register as operation } from '@sallyport/protocol'
import { commit } from '../../domain/codes.js'
import type { Caller, Context } from '../../domain/context.js'
import { users } from '../../domain/tables.js'
import { asTaken, showUser } from '../../domain/users.js'
import { write } from '../../store/store.js'
import { newcomer, welcomeTo } from './sign-up.js'

/**
 * Makes an account and signs nobody in. A taken identifier is told, also where addresses are proven first: the contracts
 * that need this always told it.
 */
export async function registerUser(
  context: Context,
  caller: Caller,
  input: InputOf<typeof operation>,
): Promise<OutputOf<typeof operation>> {
  const user = await newcomer(context, caller, input)
  const { writes } = await welcomeTo(context, caller, user)
  try {
    await commit(context, [write.insert(users, user), ...writes])
  } catch (error) {
    throw asTaken(error)
  }
  context.outbox.hurry()
  context.events.emit('user.created', { userId: user.id }, caller)
  return { user: await showUser(context, caller.contract, user) }
}
