// Keeping every other writer out of the tables while somebody reads them, and afterwards. These servers have no lock that
// keeps writers back and turns into a refusal when it is given up, so the tables refuse from the beginning: by triggers,
// which do so as long as the row lives by which the caller holds the database. Where the caller dies the row runs out, and
// triggers that were left behind let everybody pass.
import { randomBytes } from 'node:crypto'
import { anyTable, readWhere } from '../../door.js'
import { type Closing, type Obstacle, StoreUnavailable, type Write } from '../../store.js'
import type { AnyTable } from '../../table.js'
import type { Stored } from '../../values.js'
import { quote } from '../sql/print.js'
import { type DatabaseServer, type Run, transaction } from '../sql/server.js'
import { createSteps } from '../sql/writer.js'
import { createWrites } from '../sql/writes.js'
import { closedNumber, isClosedToTriggers, isLocked, isRefusedTriggers } from './errors.js'
import { clock } from './flavour.js'

/** Runs work on a connection that nobody else has, on which a change of a table waits for `turn`. */
type Alone = <T>(work: (run: Run) => Promise<T>) => Promise<T>

/**
 * For how many seconds a change of a table waits for whoever is writing it, and how often. Everybody else, readers too,
 * waits behind it, so that it gives way in between.
 */
export const turn = 1
const turns = 10

/** For whoever is no server of Sallyport. */
const refusal = 'it is being moved or was, and nothing is written here'

const PREFIX = 'sallyport_moved_'
const events = ['INSERT', 'UPDATE', 'DELETE']

/**
 * Has the tables refuse every write as long as the row `by` lives, which they do once whoever was writing them is done;
 * runs `work`, and writes what it answers, where the row has lived all the time. Where anything fails, the triggers go.
 */
export async function freeze(
  alone: Alone,
  server: DatabaseServer,
  tables: readonly AnyTable[],
  work: () => Promise<readonly Write[]>,
  by: Closing<never>,
): Promise<void> {
  const own = `${PREFIX}${randomBytes(4).toString('hex')}_`
  let deciding = false
  try {
    await alone((run) => close(run, tables, by, own))
    const writes = await work()
    await alone((run) =>
      transaction(run, async () => {
        await requireClosed(run, tables, by, own)
        const { atomically } = createWrites(writerOn(run, server))
        if (!(await atomically(writes))) throw new StoreUnavailable('what was expected is not there')
        deciding = true
      }),
    )
  } catch (error) {
    // Where the answer to a commit got lost, it may have been done: then the row goes on refusing, or is gone.
    if (!deciding) await alone((run) => open(run, own)).catch(() => {})
    throw error
  }
}

/** Opens tables again that a freeze closed, and takes away what one left behind that was killed. */
export const thaw = (run: Run) => open(run, PREFIX)

/** What this user may not do that a freeze needs, tried on a table that is hardly ever written. */
export async function obstacle(run: Run, table: AnyTable): Promise<Obstacle | undefined> {
  const name = `${PREFIX}${randomBytes(4).toString('hex')}_trial`
  try {
    await changed(
      run,
      table,
      `CREATE TRIGGER ${quote(name)} BEFORE DELETE ON ${quote(table.name)}
      FOR EACH ROW BEGIN END`,
    )
  } catch (error) {
    if (isClosedToTriggers(error))
      return {
        says: 'the server writes a binary log, and lets this user make no triggers, by which writing is stopped',
        next: 'SET GLOBAL log_bin_trust_function_creators = 1, as an administrator, until the move is done',
      }
    if (isRefusedTriggers(error))
      return {
        says: 'this user may make no triggers, by which writing is stopped',
        next: 'GRANT TRIGGER ON <database>.* TO <user>, as an administrator',
      }
    throw error
  }
  await changed(run, table, `DROP TRIGGER IF EXISTS ${quote(name)}`)
  return undefined
}

/** To change a table waits for every transaction that wrote it: what was on its way is done then, and the rest is refused. */
async function close(run: Run, tables: readonly AnyTable[], by: Closing<never>, own: string): Promise<void> {
  await open(run, PREFIX)
  const body = `DECLARE ends BIGINT;
    SELECT max(${quote(by.table.expires!)}) INTO ends FROM ${held(by)} LOCK IN SHARE MODE;
    IF ends > ${clock} THEN
      SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = ${closedNumber}, MESSAGE_TEXT = '${refusal}';
    END IF;`
  for (const table of tables)
    for (const event of events)
      await changed(
        run,
        table,
        `CREATE TRIGGER ${quote(`${own}${event.toLowerCase()}_${table.name}`)} BEFORE ${event}
          ON ${quote(table.name)} FOR EACH ROW BEGIN ${body} END`,
      )
}

/**
 * Waits for whoever was let pass because the row had run out, and keeps others from looking at it until the transaction
 * ends: only then is what the row says now what it said all the time. A trigger that another move took away never comes back
 * under its name.
 */
async function requireClosed(
  run: Run,
  tables: readonly AnyTable[],
  by: Closing<never>,
  own: string,
): Promise<void> {
  await run({ text: `SELECT 1 FROM ${held(by)} FOR UPDATE` })
  // A statement goes by the time at which it began, so this is one of its own.
  const alive = await run({ text: `SELECT 1 FROM ${held(by)} AND ${quote(by.table.expires!)} > ${clock}` })
  const closed = await namesOf(run, own)
  if (alive.rows.length === 0 || closed.length < tables.length * events.length)
    throw new StoreUnavailable('what kept others from writing ran out, or was taken away')
}

async function open(run: Run, prefix: string): Promise<void> {
  for (const { name, table } of await namesOf(run, prefix))
    await changed(run, { name: table }, `DROP TRIGGER IF EXISTS ${quote(name)}`)
}

/** The triggers whose names begin so, and their tables. */
async function namesOf(run: Run, prefix: string): Promise<{ name: string; table: string }[]> {
  const { rows } = await run({
    text: `SELECT trigger_name, event_object_table FROM information_schema.triggers
      WHERE trigger_schema = DATABASE() AND event_object_schema = DATABASE()
      AND LEFT(trigger_name, ${prefix.length}) = '${prefix}'`,
  })
  return rows.map(([name, table]) => ({ name: String(name), table: String(table) }))
}

/** Changes a table, once everybody who holds it has let go. */
async function changed(run: Run, { name }: Pick<AnyTable, 'name'>, text: string): Promise<void> {
  for (let count = 1; ; count++) {
    try {
      return void (await run({ text }))
    } catch (error) {
      if (!isLocked(error)) throw error
      if (count === turns)
        throw new StoreUnavailable(
          `MySQL: a transaction on ${name} does not end: it was waited for ${turns} times`,
        )
    }
  }
}

/** The row, whether it lives or not; its values stand in the text since a trigger knows no parameters. */
function held({ table, where }: Closing<never>): string {
  const conditions = readWhere(anyTable(table), where).map(
    ({ column, value }) => `${quote(column)} = ${literal(value!)}`,
  )
  return `${quote(table.name)} WHERE ${conditions.join(' AND ')}`
}

/** A value as a text that can hold nothing but it. */
const literal = (value: NonNullable<Stored>) =>
  typeof value === 'number' ? String(value) : `x'${Buffer.from(value as string).toString('hex')}'`

function writerOn(run: Run, server: DatabaseServer) {
  const never = () => Promise.reject(new Error('only several writes together are known here'))
  const steps = createSteps(server)
  const together: Parameters<typeof createWrites>[0]['together'] = (given) => steps(run, given)
  return { flavour: server.flavour, now: server.now, change: never, row: never, together }
}
