import { fail, type InputOf, type endAnySession as operation } from '@sallyport/protocol'
import { assertMayGrant } from '../../domain/administrators.js'
import type { Caller, Context } from '../../domain/context.js'
import { endSession } from '../../domain/sessions.js'
import { sessions, users } from '../../domain/tables.js'
import { isUuidv7 } from '../../util/ids.js'

/** Ends a session, whoever's it is; an administrator's only from where administrators may be touched. */
export async function endAnySession(context: Context, caller: Caller, { id }: InputOf<typeof operation>) {
  const { store } = context
  const session = isUuidv7(id) ? await store.get(sessions, { id }) : undefined
  const user = session && (await store.get(users, { id: session.user_id }))
  if (user) assertMayGrant(context, caller.administrator!, user.roles as string[], [])
  if (!session || !(await endSession(context, caller, session.user_id, id)))
    throw fail('not_found', { detail: 'There is no such session.' })
  return {}
}
