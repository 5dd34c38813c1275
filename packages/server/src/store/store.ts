// The nine verbs. Everything Sallyport keeps goes through them, on every engine, with the same answers:
// conformance.ts says which. No verb knows an entity. What must not race is ONE guarded `update`, `increment` or
// `take`; nothing that security rests on needs a transaction over several rows. Engines live in engines/.
import type { Table } from './table.js'

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

/** A condition on rows: a plain value means equal; all of them must hold. */
export type Where<R> = { readonly [K in keyof R]?: NonNullable<R[K]> | Comparison<NonNullable<R[K]>> }

/** New values; `{ add: n }` adds to an integer column. */
export type Set<R> = {
  readonly [K in keyof R]?: R[K] | (NonNullable<R[K]> extends number ? { add: number } : never)
}

export interface ListQuery<R> {
  where?: Where<R>
  /** Columns of a declared index (or the key); ties are broken by the key. Default: the key, ascending. */
  order?: { by: readonly (keyof R & string)[]; direction: 'ascending' | 'descending' }
  /** At most 1,000. */
  limit: number
  /** A cursor of `cursorOf`: rows after it. */
  after?: string
  /** Rows to leave out, at most 10,000; not together with `after`. */
  offset?: number
}

/** A write inside `atomically`. `expect` is the number of rows it must match, or nothing is written at all. */
export type Write =
  | { verb: 'insert'; table: Table<never>; row: unknown }
  | { verb: 'update'; table: Table<never>; where: unknown; set: unknown; expect?: number }
  | { verb: 'remove'; table: Table<never>; where: unknown; expect?: number }

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
  | { create: Table<never> }
  | { addColumn: { table: string; name: string; column: import('./table.js').Column } }
  | { addIndex: { table: string; columns: readonly string[]; unique: boolean } }
  | { drop: { table: string } }

/** What an engine is to server.ts: a store and its upkeep. */
export interface Engine extends Store {
  readonly name: string
  /** Migrations not applied yet. Throws SchemaTooNew where the database has some that are not in the list. */
  pending(migrations: readonly Migration[]): Promise<readonly Migration[]>
  migrate(migrations: readonly Migration[]): Promise<readonly Migration[]>
  /** Resolves where the store can be read and written just now; else throws StoreUnavailable. */
  ping(): Promise<void>
  close(): Promise<void>
}

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

/** The store cannot do its work just now; nothing of the failed act was written. `reason` is for the log, not for strangers. */
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
