// Keeping every other writer out of the tables while somebody reads them, and afterwards.
import { StoreUnavailable, type Write } from '../../store.js'
import type { AnyTable } from '../../table.js'
import { quote } from '../sql/print.js'
import { type DatabaseServer, migrationPatience, type Run, transaction } from '../sql/server.js'
import { createSteps } from '../sql/writer.js'
import { createWrites } from '../sql/writes.js'

/** How long writers that are under way are waited for. Everybody who comes after us waits behind us meanwhile. */
const LOCK_TIMEOUT = '10s'

/** How long the connection may be silent before the server ends it and lets writers in, and how often it speaks. */
const SILENCE = 30_000
const BEAT = 5000

const CLOSED = 'sallyport_moved'

/** For whoever waited for the lock: a statement that comes after the commit is refused by the table itself. */
const refusal = `CREATE OR REPLACE FUNCTION ${CLOSED}() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'it was moved, and nothing is written here any more' USING ERRCODE = '55000'; END $$`

/**
 * One transaction on a connection of its own: locks the tables against writers, and against another freeze; runs `work`,
 * writes what it answers, closes the tables for good, and commits. Where the connection breaks or is silent for `silence`
 * milliseconds meanwhile, the commit fails.
 */
export async function freeze(
  run: Run,
  server: DatabaseServer,
  tables: readonly AnyTable[],
  work: () => Promise<readonly Write[]>,
  silence = SILENCE,
): Promise<void> {
  await run({ text: 'BEGIN' })
  try {
    await run({ text: `SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'` })
    // Also where a pooler stands between, and the connection itself cannot be told.
    await run({ text: `SET LOCAL statement_timeout = ${migrationPatience}` })
    await run({ text: `SET LOCAL idle_in_transaction_session_timeout = ${silence}` })
    const names = tables.map(({ name }) => quote(name)).join(', ')
    await run({ text: `LOCK TABLE ${names} IN SHARE ROW EXCLUSIVE MODE` })
    const { atomically } = createWrites(writerOn(run, server))
    if (!(await atomically(await heldBy(run, work))))
      throw new StoreUnavailable('what was expected is not there')
    await run({ text: refusal })
    for (const { name } of tables)
      await run({
        text: `CREATE TRIGGER ${CLOSED} BEFORE INSERT OR UPDATE OR DELETE ON ${quote(name)}
          FOR EACH STATEMENT EXECUTE FUNCTION ${CLOSED}()`,
      })
    await run({ text: 'COMMIT' })
  } catch (error) {
    await run({ text: 'ROLLBACK' }).catch(() => {})
    throw error
  }
}

/** Says again and again on the connection that it is used: of a machine that went away the server would not hear for hours. */
async function heldBy<T>(run: Run, work: () => Promise<T>): Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  const speak = () => {
    last = run({ text: 'SELECT 1' }).catch(() => {})
  }
  const timer = setInterval(speak, BEAT)
  try {
    return await work()
  } finally {
    clearInterval(timer)
    await last
  }
}

/** Opens tables again that a freeze closed. */
export async function thaw(run: Run, tables: readonly AnyTable[]): Promise<void> {
  await transaction(run, async () => {
    await run({ text: `SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'` })
    for (const { name } of tables) await run({ text: `DROP TRIGGER IF EXISTS ${CLOSED} ON ${quote(name)}` })
    await run({ text: `DROP FUNCTION IF EXISTS ${CLOSED}()` })
  })
}

function writerOn(run: Run, server: DatabaseServer) {
  const never = () => Promise.reject(new Error('only several writes together are known here'))
  const steps = createSteps(server)
  const together: Parameters<typeof createWrites>[0]['together'] = (given) => steps(run, given)
  return { flavour: server.flavour, now: server.now, change: never, row: never, together }
}
