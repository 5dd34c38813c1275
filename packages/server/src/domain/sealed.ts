// What stands sealed under the master secret, column by column, and the sealing anew of all of it when the secret is
// replaced. A feature that seals something lists its columns in its index.
import { cursorOf, type Where } from '../store/store.js'
import type { AnyTable, Table } from '../store/table.js'
import type { Context } from './context.js'
import { auditKeys, contractKeys, outbox, signingKeys } from './tables.js'

type Row = Record<string, unknown>

/** A column of sealed bytes. The table's key is one text. */
export interface Sealed {
  readonly table: AnyTable
  readonly column: string
  /** What was handed to `seal` beside the bytes. */
  readonly associated: (row: Readonly<Row>) => string
}

/** Declares a sealed column. */
function sealed<R>(table: Table<R>, column: keyof R & string, associated: (row: R) => string): Sealed {
  return { table, column, associated } as unknown as Sealed
}

export const sharedSealed: readonly Sealed[] = [
  sealed(signingKeys, 'sealed', ({ kid }) => kid),
  sealed(contractKeys, 'sealed', ({ id }) => id),
  sealed(auditKeys, 'sealed', ({ id }) => id),
  sealed(outbox, 'sealed', ({ id }) => id),
]

type Parts = Pick<Context, 'store' | 'secrets' | 'sealed'>

interface Found {
  readonly place: Sealed
  readonly row: Row
  readonly bytes: Uint8Array
}

/** Seals under the current secret what is not; answers how many, and how many no secret of ours opens. */
export async function rewrapAll(parts: Parts): Promise<{ rewrapped: number; unopenable: number }> {
  const { store, secrets } = parts
  const counts = { rewrapped: 0, unopenable: 0 }
  for await (const { place, row, bytes } of olderSeals(parts)) {
    const associated = place.associated(row)
    const plain = secrets.open(bytes, associated)
    if (plain === undefined) {
      counts.unopenable += 1
      continue
    }
    const key = place.table.key[0]!
    const where = { [key]: row[key], [place.column]: bytes } as Where<Row>
    const set = { [place.column]: secrets.seal(plain, associated) } as never
    counts.rewrapped += await store.update(place.table as unknown as Table<Row>, where, set)
  }
  return counts
}

/** How much is sealed under another secret than the current one. */
export async function countOlderSeals(parts: Parts): Promise<number> {
  let count = 0
  for await (const _found of olderSeals(parts)) count += 1
  return count
}

async function* olderSeals({ store, secrets, sealed: places }: Parts): AsyncGenerator<Found> {
  for (const place of places) {
    const table = place.table as unknown as Table<Row>
    for (let after: string | undefined; ; ) {
      const rows = await store.list(table, { limit: 500, ...(after !== undefined && { after }) })
      for (const row of rows) {
        const bytes = row[place.column]
        if (bytes instanceof Uint8Array && !secrets.isCurrent(bytes)) yield { place, row, bytes }
      }
      if (rows.length < 500) break
      after = cursorOf(table, rows[499]!)
    }
  }
}
