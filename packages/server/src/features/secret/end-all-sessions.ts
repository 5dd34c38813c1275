import type { Caller, Context } from '../../domain/context.js'
import { keysFile } from '../../domain/keys/settings.js'
import { type SessionRow, sessions } from '../../domain/tables.js'
import { write } from '../../store/store.js'

const BATCH = 500

/**
 * Ends every session that was opened before now, and answers how many. Refresh tokens die with their rows. Access
 * tokens die with the signing keys, which stood sealed under the leaked secret and are replaced; keys of `keys.file`
 * did not, so there each session's end is told to whoever verifies. Contracts' key pairs are replaced in any case.
 */
export async function endAllSessions(context: Context, caller: Caller): Promise<number> {
  const { store, keys, settings, clock } = context
  const ownKeys = settings.get(keysFile) === undefined
  const where = { created_at: { lte: clock.now() } }
  const order = { by: ['created_at'] as const, direction: 'ascending' as const }
  let ended = 0
  for (;;) {
    const rows = await store.list(sessions, { where, order, limit: BATCH })
    if (rows.length === 0) break
    await endThese(context, rows, !ownKeys)
    ended += rows.length
  }
  await keys.replaceContractKeys()
  if (ownKeys) await keys.replace(caller)
  return ended
}

async function endThese(
  { store, changes }: Context,
  rows: readonly SessionRow[],
  tell: boolean,
): Promise<void> {
  const ids = rows.map(({ id }) => id)
  const revoked = tell ? ids.map((sid) => ({ kind: 'session_revoked', sid }) as const) : []
  await store.atomically([
    write.remove(sessions, { id: { in: ids } }),
    ...revoked.map((change) => changes.record(change)),
  ])
  for (const change of revoked) changes.apply(change)
}
