// The nine verbs. Everything Sallyport keeps goes through them, on every engine, with the same answers:
// conformance.ts says which. No verb knows an entity. What must not race is ONE guarded `update`, `increment` or
// `take`; nothing that security rests on needs a transaction over several rows. Engines live in engines/.
import type { AnyTable, Column, Table } from './table.js'

type Comparison<V> = {
  in?: readonly V[]
  lt?: V
  lte?: V
  gt?: V
  gte?: V
  isNull?: boolean
  prefix?: string
  contains?: string
}

/**
 * A condition on rows: a plain value means equal; all of them must hold. `in` takes at most 1,000 values; `prefix` and
 * `contains` go by code point, without folding. `undefined` and null are refused: a guard must not vanish unseen.
 */
export type Where<R> = { readonly [K in keyof R]?: NonNullable<R[K]> | Comparison<NonNullable<R[K]>> }

/** New values, never of key columns; `{ add: n }` adds to an integer column that is never null. */
export type Set<R> = {
  readonly [K in keyof R]?: R[K] | (NonNullable<R[K]> extends number ? { add: number } : never)
}

export interface ListQuery<R> {
  where?: Where<R>
  /** Leading columns, never null, of an index, unique set or key; ties go by the key. Default: the key, ascending. */
  order?: { by: readonly (keyof R & string)[]; direction: 'ascending' | 'descending' }
  /** 1 to 1,000. */
  limit: number
  /** A cursor of `cursorOf`: rows after it. */
  after?: string
  /** Rows to leave out, at most 10,000; not together with `after`. */
  offset?: number
}

/** A write inside `atomically`. `expect` is the number of rows it must match, or nothing is written at all. */
export type Write =
  | { verb: 'insert'; table: AnyTable; row: unknown }
  | { verb: 'update'; table: AnyTable; where: unknown; set: unknown; expect?: number }
  | { verb: 'remove'; table: AnyTable; where: unknown; expect?: number }

/** Makes the writes of `atomically`, typed by their table. */
export const write = {
  insert: <R>(table: Table<R>, row: R): Write => ({ verb: 'insert', table: untyped(table), row }),
  update: <R>(table: Table<R>, where: Where<R>, set: Set<R>, expect?: number): Write => ({
    verb: 'update',
    table: untyped(table),
    where,
    set,
    expect,
  }),
  remove: <R>(table: Table<R>, where: Where<R>, expect?: number): Write => ({
    verb: 'remove',
    table: untyped(table),
    where,
    expect,
  }),
}
const untyped = <R>(table: Table<R>) => table as unknown as AnyTable

/** The cursor of a listed row: `after` it, the same query (same `order`) goes on. Not a secret, and not to be trusted. */
export function cursorOf<R>(table: Table<R>, row: R, order?: ListQuery<R>['order']): string {
  const by = order?.by ?? table.key
  const columns = [...by, ...table.key.filter((name) => !by.includes(name))]
  const values = columns.map((name) => {
    const value: unknown = row[name]
    return value instanceof Uint8Array ? Buffer.from(value).toString('base64url') : value
  })
  return Buffer.from(JSON.stringify([columns.join(), ...values])).toString('base64url')
}

export interface Store {
  /** Adds a row. Throws UniqueViolation where the key or a unique set is taken. */
  insert<R>(table: Table<R>, row: R): Promise<void>
  /** The row of a key. */
  get<R>(table: Table<R>, key: Partial<R>): Promise<R | undefined>
  list<R>(table: Table<R>, query: ListQuery<R>): Promise<R[]>
  /** How many rows match, counted no further than `cap` (10,001 where not given). */
  count<R>(table: Table<R>, where: Where<R>, cap?: number): Promise<number>
  /** Changes every matching row in one statement and returns how many matched: `where` is the guard. */
  update<R>(table: Table<R>, where: Where<R>, set: Set<R>): Promise<number>
  /** Adds `by` to `column` of the row with `row`'s key and returns the new value; where no live row stands, `row` is put there first (its column then starts at `by`). One statement. */
  increment<R>(table: Table<R>, row: R, column: keyof R & string, by?: number): Promise<number>
  /** Removes and returns one matching row, to exactly one caller. */
  take<R>(table: Table<R>, where: Where<R>): Promise<R | undefined>
  /** Removes matching rows, at most `limit` of them, and returns how many. */
  remove<R>(table: Table<R>, where: Where<R>, limit?: number): Promise<number>
  /** All of the writes or none; false where an `expect` was not met. Throws UniqueViolation. */
  atomically(writes: readonly Write[]): Promise<boolean>
}

/** One numbered, forward-only step of the schema. */
export interface Migration {
  readonly number: number
  readonly name: string
  readonly steps: readonly MigrationStep[]
}

/** The tables here are frozen copies: a migration never changes once released. */
export type MigrationStep =
  | { create: AnyTable }
  /** A column that is never null starts as '', 0, false, no bytes or JSON null in the rows that are there. */
  | { addColumn: { table: string; name: string; column: Column } }
  | { addIndex: { table: string; columns: readonly string[]; unique: boolean } }
  | { drop: { table: string } }
  /**
   * Rows of this table are changed again and again, in columns that no index holds: an engine that writes a changed row
   * anew leaves room beside it. New pages of the table have it; other engines have nothing to do.
   */
  | { leaveRoom: { table: string } }

/** A statement that a migration would run. */
export interface PlannedStatement {
  readonly sql: string
  readonly table: string
  /** About how many rows it has to read. */
  readonly rows: number
  /** How long it may take, in seconds; 0 is at once. */
  readonly seconds: number
}

/** What a pending migration would do. */
export interface Planned extends Pick<Migration, 'number' | 'name'> {
  readonly statements: readonly PlannedStatement[]
}

/** One row of a table that expires: as long as it lives, other tables are closed. */
export interface Closing<R> {
  readonly table: Table<R>
  /** Its whole key, and what else it has to be. */
  readonly where: Partial<R>
}

/** What is in the way, and what mends that. */
export interface Obstacle {
  readonly says: string
  readonly next: string
}

/** What an engine is to server.ts: a store and its upkeep. */
export interface Engine extends Store {
  readonly name: string
  /** Migrations not applied yet. Throws SchemaTooNew where the database has some that are not in the list. */
  pending(migrations: readonly Migration[]): Promise<readonly Migration[]>
  /** What `migrate` would do, and how long it may take, where the engine speaks in statements. Changes nothing. */
  plan?(migrations: readonly Migration[]): Promise<readonly Planned[]>
  /** Applies what is pending, each in one transaction, and returns what this call applied. Safe in two processes at once. */
  migrate(migrations: readonly Migration[]): Promise<readonly Migration[]>
  /**
   * Housekeeping: looks at up to `limit` rows (500) of each table that expires, going on where the last call stopped,
   * and removes those that no verb sees any more. Returns how many it removed. Tables named in `done` are left alone;
   * those that were looked through as a whole, with nothing to remove, are put there where the engine knows.
   */
  sweep(limit?: number, done?: globalThis.Set<string>): Promise<number>
  /** Resolves where the store can be read and written just now; else throws StoreUnavailable. */
  ping(): Promise<void>
  /** The time by the clock of the database's server, in milliseconds; a database that is on this machine has none. */
  time?(): Promise<number>
  /** Reads the whole database and names what is broken in it, where the engine can; for `doctor`, not for a request. `whole`: indexes against their tables too. */
  inspect?(whole?: boolean): Promise<string[]>
  /** Adds many rows, of which none may be there yet, as one statement, where the engine can. Throws UniqueViolation. */
  load?<R>(table: Table<R>, rows: readonly R[]): Promise<void>
  /**
   * Keeps everybody else from writing these tables while `work` runs, then writes what it answers before anybody else
   * can, and closes the tables: what waited meanwhile is refused, and so is whatever comes later. Reading goes on, by
   * this engine too; `work` writes nothing here. Where it throws, nothing is written or closed. Absent where the engine
   * cannot. Throws StoreUnavailable where others do not give way.
   * @param by what the caller holds the database by, in another table
   */
  freeze?<R>(
    tables: readonly AnyTable[],
    work: () => Promise<readonly Write[]>,
    by: Closing<R>,
  ): Promise<void>
  /** There where what `freeze` closed is closed only as long as its row lives: it must not run out while `work` runs. */
  readonly frozenByRow?: true
  /** What has to be mended before `freeze` can do its work, tried on a table; absent where nothing can be missing. */
  unfreezable?<R>(table: Table<R>): Promise<Obstacle | undefined>
  /** Lets tables be written again that `freeze` closed. */
  thaw?(tables: readonly AnyTable[]): Promise<void>
  /**
   * Copies the whole database as it is at one moment into a new file, telling how far it is (0 to 1); writing goes on.
   * Absent where the database has means of its own.
   */
  copyTo?(path: string, tell: (share: number) => void): Promise<void>
  close(): Promise<void>
}

/** A value that no column of its kind can hold: wrong type, too long, null, NUL, a lone surrogate, an unsafe integer. */
export class InvalidValue extends TypeError {}

/** A query that the verbs do not answer: an unknown column, an undeclared order, a limit out of bounds. */
export class InvalidQuery extends TypeError {}

/** A cursor that `cursorOf` did not make for this order: the caller's caller is to blame. */
export class InvalidCursor extends InvalidQuery {}

/** A key or unique set that is taken. */
export class UniqueViolation extends Error {
  readonly table: string
  readonly columns: readonly string[]
  constructor(table: string, columns: readonly string[]) {
    super(`${table}: ${columns.join(', ')} is taken`)
    this.table = table
    this.columns = columns
  }
}

/**
 * The store cannot do its work just now, and nothing of the failed act was written; but where a network lost the answer to
 * a commit, nobody knows. An engine never repeats such an act. `reason` is for the log, not for strangers.
 */
export class StoreUnavailable extends Error {
  readonly reason: string
  constructor(reason: string, options?: ErrorOptions) {
    super(`the store is unavailable: ${reason}`, options)
    this.reason = reason
  }
}

/** The database was made by a newer program. */
export class SchemaTooNew extends Error {
  constructor(found: number, known: number) {
    super(
      `the database has schema ${found}, this program knows ${known}: start the newer version that made it`,
    )
  }
}
