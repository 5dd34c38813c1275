// Keeping every other writer out of the tables while somebody reads them.
import { StoreUnavailable, type Write } from '../../store.js'
import type { AnyTable } from '../../table.js'
import { quote } from '../sql/print.js'
import type { DatabaseServer, Run } from '../sql/server.js'
import { createSteps } from '../sql/writer.js'
import { createWrites } from '../sql/writes.js'

/** How long writers that are under way are waited for. Everybody who comes after us waits behind us meanwhile. */
const LOCK_TIMEOUT = '10s'

/**
 * One transaction on a connection of its own: locks the tables against writers, and against another freeze; runs `work`, writes what it answers, and commits. Where the connection breaks meanwhile, the commit fails.
 */
export async function freeze(
  run: Run,
  server: DatabaseServer,
  tables: readonly AnyTable[],
  work: () => Promise<readonly Write[]>,
): Promise<void> {
  await run({ text: 'BEGIN' })
  try {
    await run({ text: `SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'` })
    await run({ text: 'SET LOCAL idle_in_transaction_session_timeout = 0' })
    const names = tables.map(({ name }) => quote(name)).join(', ')
    await run({ text: `LOCK TABLE ${names} IN SHARE ROW EXCLUSIVE MODE` })
    const { atomically } = createWrites(writerOn(run, server))
    if (!(await atomically(await work()))) throw new StoreUnavailable('what was expected is not there')
    await run({ text: 'COMMIT' })
  } catch (error) {
    await run({ text: 'ROLLBACK' }).catch(() => {})
    throw error
  }
}

function writerOn(run: Run, server: DatabaseServer) {
  const never = () => Promise.reject(new Error('only several writes together are known here'))
  const steps = createSteps(server)
  const together: Parameters<typeof createWrites>[0]['together'] = (given) => steps(run, given)
  return { flavour: server.flavour, now: server.now, change: never, row: never, together }
}
