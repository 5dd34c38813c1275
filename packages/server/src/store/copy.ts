// Copying tables from one engine to another, of whatever kinds, and comparing them. Only verbs are used, so what no verb
// sees (rows past their end) stays behind. Who may do it, and when, is not known here.
import { createHash } from 'node:crypto'
import { readRow } from './door.js'
import { cursorOf, type Engine, type Store, write } from './store.js'
import type { AnyTable, Table } from './table.js'
import type { Stored } from './values.js'

/** How many rows a table has, and a hash over every column of each in the order of the keys. */
export interface Sum {
  readonly rows: number
  /** SHA-256, the first 16 characters of its hex. */
  readonly hash: string
}

/** Hears of every batch: its table and how many rows it has. */
export type Tell = (table: string, rows: number) => void

type Target = Pick<Engine, 'load' | 'atomically'>
type Row = Record<string, unknown>
const typed = (table: AnyTable) => table as unknown as Table<Row>

/** Rows in one reading and one writing: the widest table stays below the number of values that a statement may have. */
const BATCH = 500
/** Characters in one writing, so that no server finds it too large (MariaDB takes 16 MB): users may have 32 KiB of metadata. */
const MOST = 2 ** 20
/** Batches that are being written at once. */
const WIDE = 3

/** All rows of a table in the order of their keys, some at a time. */
async function* pages(store: Pick<Store, 'list'>, table: AnyTable): AsyncGenerator<Row[]> {
  for (let after: string | undefined; ; ) {
    const rows = await store.list(typed(table), { limit: BATCH, ...(after !== undefined && { after }) })
    if (rows.length > 0) yield rows
    if (rows.length < BATCH) return
    after = cursorOf(typed(table), rows.at(-1)!)
  }
}

/** Copies the rows of a table into one that is empty. Answers what was read. Throws as the engines do. */
export async function copyTable(
  from: Pick<Store, 'list'>,
  to: Target,
  table: AnyTable,
  tell: Tell,
): Promise<Sum> {
  const summing = createSum(table)
  const under = new Set<Promise<void>>()
  const failures: unknown[] = []
  const put = (rows: Row[], size: number) => {
    const writing = loadParts(to, table, rows, size)
      .then(() => tell(table.name, rows.length))
      .catch((error) => void failures.push(error))
      .finally(() => under.delete(writing))
    under.add(writing)
  }
  try {
    for await (const rows of pages(from, table)) {
      put(rows, summing.add(rows))
      while (under.size >= WIDE) await Promise.race(under)
      if (failures.length > 0) break
    }
  } finally {
    await Promise.all(under)
  }
  if (failures.length > 0) throw failures[0]
  return summing.sum()
}

async function loadParts(to: Target, table: AnyTable, rows: Row[], size: number): Promise<void> {
  // Powers of two, because each number of rows is a statement of its own.
  const part =
    size <= MOST ? rows.length : 2 ** Math.floor(Math.log2(Math.max(1, (rows.length * MOST) / size)))
  for (let at = 0; at < rows.length; at += part) await load(to, table, rows.slice(at, at + part))
}

async function load(to: Target, table: AnyTable, rows: Row[]): Promise<void> {
  if (to.load) await to.load(typed(table), rows)
  else await to.atomically(rows.map((row) => write.insert(typed(table), row)))
}

/** What a table holds now. */
export async function sumOf(store: Pick<Store, 'list'>, table: AnyTable, tell: Tell): Promise<Sum> {
  const summing = createSum(table)
  for await (const rows of pages(store, table)) {
    summing.add(rows)
    tell(table.name, rows.length)
  }
  return summing.sum()
}

function createSum(table: AnyTable) {
  const hash = createHash('sha256')
  let count = 0
  return {
    /** Answers how many characters these rows have. */
    add: (rows: readonly Row[]): number => {
      let size = 0
      for (const row of rows) {
        const text = `${JSON.stringify(readRow(table, row).map(spelled))}\n`
        hash.update(text)
        size += text.length
      }
      count += rows.length
      return size
    },
    sum: (): Sum => ({ rows: count, hash: hash.digest('hex').slice(0, 16) }),
  }
}

/** A stored value for the hash; its column says whether it is a text or bytes. */
const spelled = (value: Stored) =>
  value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value

/** Removes every row of a table. */
export async function emptyTable(store: Pick<Store, 'remove'>, table: AnyTable): Promise<void> {
  while ((await store.remove(typed(table), {}, 5000)) > 0);
}

/** Whether a table has any row. */
export async function isEmpty(store: Pick<Store, 'list'>, table: AnyTable): Promise<boolean> {
  return (await store.list(typed(table), { limit: 1 })).length === 0
}
