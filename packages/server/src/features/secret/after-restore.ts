// What has to be done to a database that was put back to an earlier state before anybody uses it: what was ended, spent or
// sent since then is not known any more, so everything that could have been is ended.
import { codes } from '../../domain/codes-table.js'
import type { Caller, Context } from '../../domain/context.js'
import { keysFile } from '../../domain/keys/settings.js'
import { administration, outbox, users } from '../../domain/tables.js'
import { cursorOf, type Store, type Where, write } from '../../store/store.js'
import type { Table } from '../../store/table.js'
import { endAllSessions } from './end-all-sessions.js'

const BATCH = 500
/** Further than an epoch can have moved since: sessions that live elsewhere than in this database may know such a one. */
const LEAP = 1_000_000
/** How far the clocks of servers on one store may be apart, in milliseconds. */
const CLOCKS_APART = 60_000

/** From where and when the state is, as far as that is known. */
export interface Origin {
  readonly file?: string
  /** Milliseconds. */
  readonly takenAt?: number
}

/**
 * Ends every session, voids what is on its way to somebody, and replaces signing keys; accounts, passwords and API keys
 * stay. Answers how many sessions were ended.
 */
export async function settleRestored(context: Context, caller: Caller, origin: Origin): Promise<number> {
  const { store, events } = context
  await moveEpochs(context)
  // Codes that were redeemed since, and messages that were sent since.
  await removeAll(store, codes, {})
  await removeAll(store, outbox, { state: 'waiting' })
  await store.update(administration, { id: 'first' }, { token_hash: null, token_ends_at: null })
  const sessionsEnded = await endAllSessions(context, caller)
  const { file, takenAt } = origin
  events.emit(
    'database.restored',
    {
      ...(file !== undefined && { file }),
      ...(takenAt !== undefined && { takenAt: new Date(takenAt).toISOString() }),
      sessionsEnded,
    },
    caller,
  )
  return sessionsEnded
}

/**
 * Raises every user's epoch, so that no session outlives it whatever its row says. Keys of `keys.file` go on, so that
 * whoever verifies by them is told of each user: of sessions that were opened since nothing else is known here.
 */
export async function moveEpochs({ store, changes, clock, settings }: Context): Promise<void> {
  const tells = settings.get(keysFile) !== undefined
  const before = clock.now() + CLOCKS_APART
  for (let after: string | undefined; ; ) {
    const rows = await store.list(users, { limit: BATCH, ...(after !== undefined && { after }) })
    if (rows.length === 0) return
    const told = tells ? rows.map(({ id }) => ({ kind: 'user_changed', user: id, before }) as const) : []
    await store.atomically([
      write.update(
        users,
        { id: { in: rows.map(({ id }) => id) } },
        { epoch: { add: LEAP }, epoch_at: before },
      ),
      ...told.map((change) => changes.record(change)),
    ])
    for (const change of told) changes.apply(change)
    after = cursorOf(users, rows.at(-1)!)
  }
}

/** Removes rows some at a time, and answers how many. */
export async function removeAll<R>(
  store: Pick<Store, 'remove'>,
  table: Table<R>,
  where: Where<R>,
): Promise<number> {
  for (let removed = 0; ; ) {
    const some = await store.remove(table, where, 5000)
    if (some === 0) return removed
    removed += some
  }
}
