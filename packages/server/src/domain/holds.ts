// What keeps a whole database from being written: one row, which every process that works on the database looks for.
// A move puts it into both of its databases, a backup into the file it makes; mover.ts and restorer.ts take it away. Beside it
// stands where the tables live that need not live in the database, see places.ts. The fence here is how a process honours
// both. Nothing here copies anything.
import { type Engine, type Store, StoreUnavailable } from '../store/store.js'
import { id, integer, type Table, table, text } from '../store/table.js'

export const holds = table({
  name: 'holds',
  doc: 'Why the database is not to be written, because it is being moved, was moved, or is a backup: one row, and none as a rule. And where sessions and codes live, a row each.',
  columns: {
    /** `here`, or the name of a table that may live beside the database. */
    id: text(8),
    /**
     * `leaving`: is being copied elsewhere; ends by itself with the copying process. `moved`: was copied, and the copy
     * counts. `arriving`: is being filled. `whole`: is filled and compared, and its source not closed yet. `backup`: a
     * copy that has to be put right before it is used. Of a table `placed`, or `emptying` until nothing of before is
     * left to live again.
     */
    state: text(8),
    /** The move that put it here. */
    move: id(),
    /** The other database of the move, without what lets anybody in; of a backup nothing. Of a table where it lives. */
    other: text(512),
    at: integer(),
    expires_at: integer(),
  },
  key: ['id'],
  expires: 'expires_at',
})
export type Hold = typeof holds extends Table<infer R> ? R : never

/** The only row there is. */
export const here = { id: 'here' } as const

/** Where each table lives that may live beside the database, by its name; in words, which the database keeps. */
export type Places = Readonly<Record<string, string>>

/** The first row by which a table lives elsewhere than in these places, or is not to be used yet. */
export function strayOf(rows: readonly Hold[], places: Places): Hold | undefined {
  return Object.entries(places)
    .map(([name, place]) =>
      rows.find(({ id, state, other }) => id === name && (state !== 'placed' || other !== place)),
    )
    .find((row) => row !== undefined)
}

/** Every row there is. */
export function readHolds(store: Pick<Store, 'list'>): Promise<Hold[]> {
  return store.list(holds, { limit: 100 })
}

/** What holds the database; undefined where nothing does. */
export function readHold(store: Pick<Store, 'get'>): Promise<Hold | undefined> {
  return store.get(holds, here)
}

/**
 * Why no server may start on a database, and what mends that; undefined where nothing speaks against it. One that is
 * being moved elsewhere can be read until it is, so that it is let pass.
 */
export function refusalOf(hold: Hold | undefined): { says: string; next: string } | undefined {
  if (!hold) return undefined
  const { state, other, at } = hold
  const on = new Date(at).toISOString()
  if (state === 'leaving') return undefined
  if (state === 'moved')
    return {
      says: `the database was moved to ${other} on ${on}, and nothing is written here any more`,
      next: 'Name the other one in SALLYPORT_DATABASE_URL, or open this one again: sallyport move --reopen',
    }
  if (state === 'backup')
    return {
      says: `the database is a backup of ${on} that was copied and not restored: what was ended since would live again`,
      next: 'sallyport restore --after',
    }
  return {
    says: `a move from ${other} into this database has not finished`,
    next: 'Run sallyport move again, which starts over, or drop this database',
  }
}

/** How old the last look at the row may be where something is written. Milliseconds of a clock that only runs forward. */
const FRESH = 500

/** Why nothing is written, for the log and for commands. */
export function reasonOf({ id, state, other }: Hold): string {
  if (state === 'placed') return `${id} live ${other} by now, and this process looks for them elsewhere`
  if (state === 'emptying') return `sallyport relocate has not finished with ${id}`
  if (state === 'leaving') return `it is being moved to ${other}, and nothing is written until that is done`
  if (state === 'moved') return `it was moved to ${other}, and nothing is written here any more`
  if (state === 'backup') return 'it is a backup that was not restored'
  return `the move from ${other} into it has not finished`
}

/**
 * The same engine, which refuses every write with StoreUnavailable while the database is held: within half a second and
 * a look, whoever put the row there. Reading goes on until the database was moved: from then on others end sessions
 * elsewhere, and who reads here would not hear of it. While a move is under way `ping` is content with reading, so that no
 * balancer takes away who still answers. A process that is told its `places` is refused as well where others have moved on.
 */
export function fenced(engine: Engine, places: Places = {}): Engine {
  const watch = watchHold(engine, places)
  const free = <T>(verb: () => Promise<T>): Promise<T> => {
    const hold = watch.hold()
    return hold ? Promise.reject(refused(hold)) : verb()
  }
  const write = <T>(verb: () => Promise<T>): Promise<T> => {
    const waits = watch.look()
    return waits ? waits.then(() => free(verb)) : free(verb)
  }
  return {
    ...engine,
    ...reading(engine, watch),
    insert: (table, row) => write(() => engine.insert(table, row)),
    update: (table, where, set) => write(() => engine.update(table, where, set)),
    increment: (table, row, column, by) => write(() => engine.increment(table, row, column, by)),
    take: (table, where) => write(() => engine.take(table, where)),
    remove: (table, where, limit) => write(() => engine.remove(table, where, limit)),
    atomically: (writes) => write(() => engine.atomically(writes)),
    sweep: async (limit, done) => {
      await watch.look()
      return watch.hold() ? 0 : engine.sweep(limit, done)
    },
    ping: async () => {
      // Before the first migration there is no such table, and nothing to hold.
      await Promise.resolve(watch.look()).catch((error) => {
        if (error instanceof StoreUnavailable) throw error
      })
      const hold = watch.hold()
      if (!hold) return engine.ping()
      if (hold.state !== 'leaving') admit(hold)
    },
  }
}

/** Nobody is told what may have been ended elsewhere. */
function reading(engine: Engine, watch: ReturnType<typeof watchHold>): Pick<Store, 'get' | 'list' | 'count'> {
  const again = async <T>(verb: () => Promise<T>): Promise<T> => {
    await watch.look()
    admit(watch.hold())
    return verb()
  }
  const read = <R, T>(table: Table<R>, verb: () => Promise<T>): Promise<T> =>
    watch.hold()?.state === 'moved' && table.name !== holds.name ? again(verb) : verb()
  return {
    get: (table, key) => read(table, () => engine.get(table, key)),
    // Every server lists what was ended, once a second, whether anybody writes or not.
    list: async (table, query) => {
      if (table.name === 'changes') await watch.look()
      return read(table, () => engine.list(table, query))
    },
    count: (table, where, cap) => read(table, () => engine.count(table, where, cap)),
  }
}

const refused = (hold: Hold) => new StoreUnavailable(reasonOf(hold))

function admit(hold: Hold | undefined): void {
  if (hold) throw refused(hold)
}

/** Knows what holds the database as of the last `look`, which reads only where the one before it is no longer fresh. */
function watchHold(engine: Pick<Store, 'list'>, places: Places) {
  const now = () => performance.now()
  let hold: Hold | undefined
  let looked = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | undefined
  const read = async () => {
    const began = now()
    const rows = await readHolds(engine)
    hold = rows.find(({ id }) => id === here.id) ?? strayOf(rows, places)
    looked = began
  }
  const look = (): void | Promise<void> => {
    if (now() - looked < FRESH) return
    looking ??= read().finally(() => {
      looking = undefined
    })
    return looking
  }
  return { look, hold: () => hold }
}
