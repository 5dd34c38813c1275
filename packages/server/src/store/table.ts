// Tables are data: columns, key, unique sets, indexes, expiry. A feature declares its tables with these; an engine
// reads them. No SQL lives here, and nothing here knows what a table is for.

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json }

/** What a column holds. `id` is a UUID in text form; `integer` is a safe integer (times are milliseconds). */
export type ColumnKind = 'id' | 'text' | 'integer' | 'boolean' | 'bytes' | 'json'

interface Values {
  id: string
  text: string
  integer: number
  boolean: boolean
  bytes: Uint8Array
  json: Json
}

export interface Column<K extends ColumnKind = ColumnKind, N extends boolean = boolean> {
  readonly kind: K
  readonly nullable: N
  /** Longest text in characters, or longest bytes; engines that must name a size use it. */
  readonly size: number
  /** Whether `contains` may search it. */
  readonly contains: boolean
}

export type Columns = Record<string, Column>
type ValueOf<C> = C extends Column<infer K, infer N> ? Values[K] | (N extends true ? null : never) : never

/** The row type of a table's columns. */
export type RowOf<C extends Columns> = { [K in keyof C]: ValueOf<C[K]> }

export interface Table<R = Record<string, unknown>> {
  readonly name: string
  /** One or two sentences about what a row is, for docs/schema.md. */
  readonly doc?: string
  readonly columns: { readonly [K in keyof R]: Column }
  /** The columns of the primary key. */
  readonly key: readonly (keyof R & string)[]
  /** Sets of columns that no two rows share; a null in a set never collides. */
  readonly unique: readonly (readonly (keyof R & string)[])[]
  /** Orders that `list` may ask for. */
  readonly indexes: readonly (readonly (keyof R & string)[])[]
  /** An integer column in milliseconds; a row past it does not exist for any verb. */
  readonly expires?: keyof R & string
  /** Ephemeral tables may live in a cache that can lose them. */
  readonly kind: 'durable' | 'ephemeral'
  /** The column that names the user a row belongs to: deletion and export of a person go by it. */
  readonly owner?: keyof R & string
  /** What an export of a person holds of a row, never a secret; absent: nothing. */
  readonly exported?: readonly (keyof R & string)[]
}

/** A table whose row type does not matter; every table is one. */
export interface AnyTable {
  readonly name: string
  readonly doc?: string
  readonly columns: Readonly<Record<string, Column>>
  readonly key: readonly string[]
  readonly unique: readonly (readonly string[])[]
  readonly indexes: readonly (readonly string[])[]
  readonly expires?: string
  readonly kind: 'durable' | 'ephemeral'
  readonly owner?: string
  readonly exported?: readonly string[]
}

const column = <K extends ColumnKind>(kind: K, size: number) => ({
  kind,
  nullable: false as const,
  size,
  contains: false,
})

export const id = () => column('id', 36)
export const text = (size: number) => column('text', size)
export const integer = () => column('integer', 8)
export const boolean = () => column('boolean', 1)
export const bytes = (size: number) => column('bytes', size)
export const json = () => column('json', 65_536)
export const nullable = <K extends ColumnKind>(inner: Column<K, false>): Column<K, true> => ({
  ...inner,
  nullable: true,
})

/** Lets `contains` search a text column; what is searched must be stored as it is to be found (folded, normalised). */
export const searchable = <N extends boolean>(inner: Column<'text', N>): Column<'text', N> => ({
  ...inner,
  contains: true,
})

/** Declares a table; the row's type follows from its columns. */
export function table<const C extends Columns>(definition: {
  name: string
  doc?: string
  columns: C
  key: (keyof C & string)[]
  unique?: (keyof C & string)[][]
  indexes?: (keyof C & string)[][]
  expires?: keyof C & string
  kind?: 'durable' | 'ephemeral'
  owner?: keyof C & string
  exported?: (keyof C & string)[]
}): Table<RowOf<C>> {
  return { unique: [], indexes: [], kind: 'durable', ...definition } as Table<RowOf<C>>
}
