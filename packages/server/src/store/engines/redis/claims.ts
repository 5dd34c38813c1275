// Unique sets and indexes, which stand in keys of their own beside the rows. Nothing holds several keys together, so
// their order does: a claim and an index entry are written before the row, and go after it. What is left over when
// something breaks in between points to a row that is not there or is another; readers look at the row and pass it over,
// and whoever wants the values replaces such a claim.
import { randomUUID } from 'node:crypto'
import { columnsOf } from '../../door.js'
import { cellOf, isLive, type Row } from '../../matching.js'
import { StoreUnavailable, UniqueViolation } from '../../store.js'
import type { AnyTable } from '../../table.js'
import { compareStored } from '../../values.js'
import type { Link } from './link.js'
import { claimKey, gatheredBy, indexKey, toStoredRow, valuesOf } from './rows.js'
import { claimValues, listRow, releaseClaim, renewClaim } from './scripts.js'

export interface Keeper {
  readonly link: Link
  readonly prefix: string
  now(): number
}

/** How long a claim without its row is taken for one whose row is about to be written. Milliseconds. */
const PENDING = 5000

/** How much longer Redis keeps what is over, for servers whose clocks differ. Milliseconds. */
const KEPT = 60_000

/** Claims that were granted, to be given up where their row is not written after all. */
export type Granted = { readonly key: string; readonly mark: string }[]

export async function readRowAt({ link }: Keeper, table: AnyTable, key: string): Promise<Row | undefined> {
  return toStoredRow(table, await link.send<(string | null)[]>('HMGET', key, ...columnsOf(table)))
}

function lifeOf(keeper: Keeper, table: AnyTable, row: Row): number {
  const end = table.expires === undefined ? null : cellOf(table, row, table.expires)
  return end === null ? 0 : Math.max(1, (end as number) - keeper.now()) + KEPT
}

/**
 * Claims the unique sets of a row to be written. `before` is the row that it takes the place of. Throws UniqueViolation,
 * and then nothing is claimed any more; otherwise adds to `granted`.
 */
export async function claim(
  keeper: Keeper,
  table: AnyTable,
  at: { readonly key: string; readonly row: Row; readonly before?: Row },
  granted: Granted,
): Promise<void> {
  for (const columns of table.unique) {
    const values = valuesOf(table, at.row, columns)
    if (values === undefined) continue
    if (at.before && same(values, valuesOf(table, at.before, columns))) continue
    const key = claimKey(keeper.prefix, table, columns, values)
    const mark = await obtain(keeper, table, { ...at, columns, values, claim: key })
    granted.push({ key, mark })
  }
}

const same = (a: Row, b: Row | undefined) =>
  b !== undefined && a.every((value, i) => compareStored(value!, b[i]!) === 0)

interface Wanted {
  readonly key: string
  readonly row: Row
  readonly columns: readonly string[]
  readonly values: Row
  readonly claim: string
}

async function obtain(keeper: Keeper, table: AnyTable, wanted: Wanted): Promise<string> {
  const mark = randomUUID()
  let replaced = ''
  for (let times = 0; times < 10; times++) {
    const life = `${lifeOf(keeper, table, wanted.row)}`
    const held = await keeper.link.run<string[]>(claimValues, wanted.claim, wanted.key, mark, life, replaced)
    if (held.length === 0) return mark
    await assertVain(keeper, table, wanted, held)
    replaced = held[1]!
  }
  throw new StoreUnavailable(`Redis: ${table.name}: too many at once for one value`)
}

/** Throws UniqueViolation unless the holder of a claim has nothing to do with its values. */
async function assertVain(
  keeper: Keeper,
  table: AnyTable,
  wanted: Wanted,
  [holder, , age]: readonly string[],
): Promise<void> {
  const row = await readRowAt(keeper, table, holder!)
  const fits = row !== undefined && same(wanted.values, valuesOf(table, row, wanted.columns))
  if (fits && !isLive(table, row, keeper.now())) return
  if (!fits && Number(age) > PENDING) return
  throw new UniqueViolation(table.name, holder === wanted.key ? table.key : wanted.columns)
}

/** Gives up claims whose row was not written. */
export async function giveUp({ link }: Keeper, granted: Granted): Promise<void> {
  await Promise.all(granted.map(({ key, mark }) => link.run(releaseClaim, key, 'mark', mark)))
}

/** Enters a row that is about to be written into the indexes. */
export async function enter(keeper: Keeper, table: AnyTable, key: string, row: Row): Promise<void> {
  const end = table.expires === undefined ? null : cellOf(table, row, table.expires)
  for (const columns of gatheredBy(table)) {
    const values = valuesOf(table, row, columns)
    if (values === undefined) continue
    const index = indexKey(keeper.prefix, table, columns, values)
    await keeper.link.run(listRow, index, key, end === null ? '+inf' : `${end}`, `${keeper.now()}`)
  }
}

/** Takes a row that is gone, or was changed into `after`, out of the unique sets and indexes it does not belong to. */
export async function leave(
  { link, prefix }: Keeper,
  table: AnyTable,
  key: string,
  row: Row,
  after?: Row,
): Promise<void> {
  const stays = (columns: readonly string[], values: Row) =>
    after !== undefined && same(values, valuesOf(table, after, columns))
  for (const columns of table.unique) {
    const values = valuesOf(table, row, columns)
    if (values && !stays(columns, values))
      await link.run(releaseClaim, claimKey(prefix, table, columns, values), 'row', key)
  }
  for (const columns of gatheredBy(table)) {
    const values = valuesOf(table, row, columns)
    if (values && !stays(columns, values))
      await link.send('ZREM', indexKey(prefix, table, columns, values), key)
  }
}

/** Lets the claims of a row whose end was moved live as long as it does. */
export async function renew(keeper: Keeper, table: AnyTable, key: string, row: Row): Promise<void> {
  for (const columns of table.unique) {
    const values = valuesOf(table, row, columns)
    const life = `${lifeOf(keeper, table, row)}`
    if (values) await keeper.link.run(renewClaim, claimKey(keeper.prefix, table, columns, values), key, life)
  }
}
