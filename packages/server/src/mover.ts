// Moving a whole Sallyport into another database, of whatever kind. Copying and comparing is store/copy.ts's, what holds a
// database domain/holds.ts's; here is the order in which it is done, so that at every moment exactly one of the two
// databases can be written by servers, or none, and a move that is cut off is as if it had never begun.
import { setTimeout as pause } from 'node:timers/promises'
import { StartError } from './config/errors.js'
import { shownDatabase, withDatabase } from './config/settings.js'
import { LEASE, renewHold, takeHold, timeOf } from './domain/hold-lease.js'
import { type Hold, here, holds, readHold, reasonOf } from './domain/holds.js'
import { migrations } from './domain/migrations/index.js'
import { lacking } from './domain/migrations/lacking.js'
import { carryPlaces } from './domain/places.js'
import { NEVER } from './domain/tables.js'
import { claimTarget, moved } from './mover-target.js'
import { openUnfenced } from './storage.js'
import { copyTable, type Sum, sumOf } from './store/copy.js'
import { type Engine, SchemaTooNew, StoreUnavailable, write } from './store/store.js'
import type { AnyTable } from './store/table.js'
import { systemClock } from './util/clock.js'
import { uuidv7 } from './util/ids.js'
import type { Settings } from './util/setting.js'

export interface MoveOrder {
  readonly settings: Settings
  /** As `database_url` has it. */
  readonly from: string
  readonly to: string
  /** Whether to go on where another move from the same database was cut off a moment ago. */
  readonly resume: boolean
  tell(progress: MoveProgress): void
}

export interface MoveProgress {
  readonly stage: 'waiting' | 'copying' | 'comparing'
  readonly table: string
  /** Rows copied and rows compared. */
  readonly rows: number
  /** About what `rows` comes to in the end, every row twice; undefined where that is not known. */
  readonly total: number | undefined
}

export interface MovedTable {
  readonly name: string
  readonly source: Sum
  readonly target: Sum
}

export interface Moved {
  /** The databases, without what lets anybody in. */
  readonly from: string
  readonly to: string
  /** Nothing where an earlier move had copied everything and only its last act was due. */
  readonly tables: readonly MovedTable[]
  /** How long copying and comparing took. */
  readonly seconds: number
}

/** What was read from the target is not what was read from the source. */
export class Differs extends StartError {
  readonly tables: readonly MovedTable[]
  constructor(found: readonly MovedTable[]) {
    const names = found.filter(isOff).map(({ name }) => name)
    super(
      `the copy is not the original: ${names.join(', ')}; the source goes on, and the target is kept from being used`,
      'Look for what else writes or changes rows there (triggers, another program), then run the move again',
    )
    this.tables = found
  }
}

/** Whether a table is not the same on both sides. */
export const isOff = ({ source, target }: MovedTable): boolean =>
  source.rows !== target.rows || source.hash !== target.hash

/** Until every server has looked for a hold: half a second, and a statement of a slow one. */
const HEARD = 1000

interface Move {
  readonly id: string
  /** Both databases, their clocks standing where the move began, so that nothing runs out between copying and comparing. */
  readonly source: Engine
  readonly target: Engine
  readonly from: string
  readonly to: string
  /** The time that the target's rows are seen at: at 0 nothing is past its end. */
  readonly time: { target: number; began: number }
  readonly order: MoveOrder
}

/**
 * Copies every table, compares both sides, closes the source for good and opens the target. Throws StartError where
 * something has to be mended first, Differs, and StoreUnavailable; nothing has happened to the source then.
 */
export async function moveDatabase(order: MoveOrder): Promise<Moved> {
  const time = { began: systemClock.now(), target: 0 }
  const [from, to] = [order.from, order.to].map((url) => shown(order.settings, url))
  const source = await open(order, order.from, () => time.began)
  try {
    time.began = await timeOf(source)
    time.target = time.began
    const target = await open(order, order.to, () => time.target)
    try {
      const move = { id: uuidv7(time.began), source, target, from: from!, to: to!, time, order }
      return await run(move)
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

/** A database for people, in what the table of holds has room for. */
const shown = (settings: Settings, url: string): string =>
  shownDatabase(withDatabase(settings, url)).slice(0, holds.columns.other.size)

/** Throws StoreUnavailable that says which of the two it is. */
function open({ settings }: MoveOrder, url: string, now: () => number): Promise<Engine> {
  return openUnfenced(withDatabase(settings, url), { now }).catch((error) => {
    if (!(error instanceof StoreUnavailable)) throw error
    throw new StoreUnavailable(`${shown(settings, url)}: ${error.reason}`, { cause: error })
  })
}

async function run(move: Move): Promise<Moved> {
  const { source, target, from, to } = move
  await requireCurrent(source, from)
  const hold = await readHold(source)
  if (hold && (await endsEarlier(move, hold))) return { from, to, tables: [], seconds: 0 }
  await requireClosable(source, from)
  await newer(to, () => target.migrate(migrations))
  await claimTarget(move)
  const total = await rowsToCome(source)
  const until = await takeHold(source, { move: move.id, other: to, at: move.time.began }, hold)
  const copied = await copyHeld(move, total, until)
  await openTarget(move, move.id)
  return { from, to, ...copied }
}

/** Every row twice, before anybody is kept from writing; undefined where a table is too large to be counted in time. */
async function rowsToCome(source: Engine): Promise<number | undefined> {
  let total = 0
  try {
    for (const table of moved) total += 2 * (await source.count(table as never, {}, Number.MAX_SAFE_INTEGER))
  } catch (error) {
    if (error instanceof StoreUnavailable) return undefined
    throw error
  }
  return total
}

/** The last act. Throws StartError that says so where it fails: by then the source is closed. */
async function openTarget({ target, from, to }: Move, id: string): Promise<void> {
  await target.remove(holds, { ...here, move: id }).catch((error) => {
    throw new StartError(
      `everything was copied and ${from} is closed, but ${to} could not be opened: ${(error as Error).message}`,
      'Run the same command again: that is all that is left to do',
    )
  })
}

async function requireCurrent(source: Engine, from: string): Promise<void> {
  const pending = await newer(from, () => source.pending(migrations))
  if (pending.length > 0)
    throw new StartError(`${from} ${lacking(pending)}`, 'Bring it up to date first: sallyport migrate')
}

/** Throws StartError where others could not be kept from writing: what they are told is kept would be lost. */
async function requireClosable({ freeze, unfreezable }: Engine, from: string): Promise<void> {
  if (!freeze) throw new StartError(`${from} cannot be closed`, 'Name a database that is in use in --from')
  const obstacle = await unfreezable?.(holds)
  if (obstacle) throw new StartError(`${from} cannot be moved: ${obstacle.says}`, obstacle.next)
}

/** Says which database a newer program made. */
async function newer<T>(shown: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof SchemaTooNew)) throw error
    throw new StartError(`${shown}: ${error.message}`, 'Install that version, and move with it')
  }
}

/**
 * Whether all that was left to do of an earlier move was its last act, which is done here. Throws StartError where what
 * holds the source lets no move begin.
 */
async function endsEarlier(move: Move, hold: Hold): Promise<boolean> {
  const { target, from, to, order } = move
  const { state } = hold
  if (state === 'moved') {
    const there =
      hold.other === to && (await target.pending(migrations)).length === 0 && (await readHold(target))
    if (there && there.state === 'whole' && there.move === hold.move) {
      await openTarget(move, hold.move)
      return true
    }
    throw new StartError(
      `${from} was moved to ${hold.other} on ${new Date(hold.at).toISOString()}`,
      'Move from there, or open this one again: sallyport move --reopen',
    )
  }
  if (state !== 'leaving')
    throw new StartError(
      `${from} cannot be moved: ${reasonOf(hold)}`,
      'Name a database that is in use in --from',
    )
  if (order.resume) return false
  throw new StartError(
    `a move from ${from} is under way, or was cut off less than ${LEASE / 1000} s ago`,
    'Where no other one runs any more: sallyport move --resume with the same target',
  )
}

const LAPSED = 'the hold on the source ran out, or another move has taken it over'

/** Copies and compares while nobody writes, and marks the source as moved in the same act that lets writers in again. */
async function copyHeld(
  move: Move,
  total: number | undefined,
  until: number,
): Promise<Pick<Moved, 'tables' | 'seconds'>> {
  const { id, source, order } = move
  const alone = source.frozenByRow ?? false
  const renewal = renewHold(source, id, until, alone)
  const held = { ...here, move: id }
  let found: MovedTable[] = []
  let seconds = 0
  const work = async () => {
    const began = performance.now()
    found = await copyAll(move, total)
    seconds = (performance.now() - began) / 1000
    if (found.some(isOff)) throw new Differs(found)
    await carryPlaces(source, move.target)
    // A renewal on its way could bring a hold back that had run out.
    if (alone) await renewal.stop()
    if (renewal.lost()) throw new StoreUnavailable(LAPSED)
    const whole = await move.target.update(holds, { ...here, move: id }, { state: 'whole' })
    if (whole === 0) throw new StoreUnavailable('another move has taken the target over')
    const closed = { state: 'moved', at: await timeOf(source), expires_at: NEVER }
    return [write.update(holds, held, closed, 1)]
  }
  try {
    order.tell({ stage: 'waiting', table: '', rows: 0, total })
    await pause(HEARD)
    await source.freeze!(moved, work, { table: holds, where: held })
    return { tables: found, seconds }
  } catch (error) {
    await source.remove(holds, { ...held, state: 'leaving' }).catch(() => {})
    throw error
  } finally {
    await renewal.stop()
  }
}

async function copyAll({ source, target, order }: Move, total: number | undefined): Promise<MovedTable[]> {
  let rows = 0
  const tell = (stage: MoveProgress['stage']) => (table: string, more: number) => {
    rows += more
    order.tell({ stage, table, rows, total })
  }
  const sums = new Map<AnyTable, Sum>()
  for (const table of moved) sums.set(table, await copyTable(source, target, table, tell('copying')))
  const found: MovedTable[] = []
  for (const table of moved)
    found.push({
      name: table.name,
      source: sums.get(table)!,
      target: await sumOf(target, table, tell('comparing')),
    })
  return found
}

/** Lets servers write a database again that a move left or closed. Answers what held it. Throws StartError. */
export async function reopenDatabase(settings: Settings, url: string): Promise<Hold | undefined> {
  const engine = await openUnfenced(withDatabase(settings, url), systemClock)
  try {
    await requireCurrent(engine, shownDatabase(withDatabase(settings, url)))
    const hold = await readHold(engine)
    // What a killed move left in the tables refuses nobody without the hold, and may as well go.
    const clear = async () => void (engine.frozenByRow && (await engine.thaw?.(moved)))
    if (!hold) return void (await clear())
    if (hold.state !== 'leaving' && hold.state !== 'moved')
      throw new StartError(
        `it cannot be opened: ${reasonOf(hold)}`,
        'Finish that first, or name another database',
      )
    if (hold.state === 'moved') await engine.thaw?.(moved)
    await engine.remove(holds, { ...here, move: hold.move })
    if (hold.state === 'leaving') await clear()
    return hold
  } finally {
    await engine.close()
  }
}
