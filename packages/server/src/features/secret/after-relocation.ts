// What has to be done when sessions or codes are to live elsewhere from now on. Nothing goes along. What is left behind may
// be out of reach, so sessions end by what the database knows of their users; and where one arrives nothing is found that
// was left there at another time.
import { codes } from '../../domain/codes-table.js'
import type { Caller, Context } from '../../domain/context.js'
import { sessions } from '../../domain/tables.js'
import type { Store } from '../../store/store.js'
import { moveEpochs, removeAll } from './after-restore.js'
import { endAllSessions } from './end-all-sessions.js'

export interface Leaving {
  readonly sessions: boolean
  readonly codes: boolean
}

/**
 * Empties the database and the place that the context works on of sessions, of codes, or of both; ends every session
 * wherever it is. Answers how many sessions were found.
 */
export async function settleRelocated(
  context: Context,
  caller: Caller,
  database: Pick<Store, 'remove'>,
  leaving: Leaving,
): Promise<number> {
  const { store } = context
  if (leaving.codes) {
    await removeAll(database, codes, {})
    await store.remove(codes, {})
  }
  if (!leaving.sessions) return 0
  await moveEpochs(context)
  // The place beside the database at one go: it would be read from its beginning each time.
  const found = (await removeAll(database, sessions, {})) + (await store.remove(sessions, {}))
  return found + (await endAllSessions(context, caller))
}
