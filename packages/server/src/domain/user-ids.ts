// What users are called where it is not by our UUID: a whole number, or 24 hexadecimal digits as MongoDB writes them.
// Which of them a contract reads from its paths is its `ids`; templates show whichever they name.
import type { Contract } from '@sallyport/protocol'
import { type Store, UniqueViolation } from '../store/store.js'
import { isUuidv7, uuidTime } from '../util/ids.js'
import type { Context } from './context.js'
import { sequences, type UserRow, users } from './tables.js'

type Named = Pick<UserRow, 'id' | 'external_id'>

const objectForm = /^[0-9a-f]{24}$/

/**
 * 24 hexadecimal digits: those that the user had before they came here, or else four bytes of the second in which they
 * did and eight of their UUID's random ones.
 */
export function objectId({ id, external_id }: Named): string {
  if (external_id !== null && objectForm.test(external_id)) return external_id
  const seconds = Math.floor(uuidTime(id) / 1000)
  return seconds.toString(16).padStart(8, '0').slice(-8) + id.slice(19).replace('-', '')
}

/** The user that a contract calls by this id; deleted ones included. */
export async function userCalled(
  { store }: Pick<Context, 'store'>,
  contract: Pick<Contract, 'ids'>,
  id: string,
): Promise<UserRow | undefined> {
  if (contract.ids === 'integer') {
    if (!/^[1-9]\d{0,14}$/.test(id)) return undefined
    return (await store.list(users, { where: { number: Number(id) }, limit: 1 }))[0]
  }
  if (contract.ids === 'objectid' && objectForm.test(id)) return userOfObject(store, id)
  return isUuidv7(id) ? store.get(users, { id }) : undefined
}

/** By the id of the system they came from; else among those who were made in the second that the id names. */
async function userOfObject(store: Store, id: string): Promise<UserRow | undefined> {
  const [known] = await store.list(users, { where: { external_id: id }, limit: 1 })
  if (known) return known
  const began = Number.parseInt(id.slice(0, 8), 16) * 1000
  for (let from = leastUuid(began); ; ) {
    const rows = await store.list(users, {
      where: { id: { gte: from, lt: leastUuid(began + 1000) } },
      limit: PAGE,
    })
    const found = rows.find((row) => objectId(row) === id)
    if (found || rows.length < PAGE) return found
    from = rows[PAGE - 1]!.id
  }
}

const PAGE = 1000

/** Below every UUIDv7 of this millisecond. */
function leastUuid(milliseconds: number): string {
  const hex = milliseconds.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}

/**
 * The users with the numbers that they are called by, where the contract calls them so; who has none is given the next.
 * Nothing is read or written for other contracts, nor for users that have one.
 */
export async function ensureNumbers(
  { store }: Pick<Context, 'store'>,
  contract: Pick<Contract, 'ids'>,
  rows: readonly UserRow[],
): Promise<readonly UserRow[]> {
  if (contract.ids !== 'integer' || rows.every(({ number }) => number !== null)) return rows
  const numbered: UserRow[] = []
  for (const row of rows)
    numbered.push(row.number === null ? { ...row, number: await numberFor(store, row.id) } : row)
  return numbered
}

const sequence = { name: 'users', value: 0 }

async function numberFor(store: Store, id: string): Promise<number | null> {
  for (;;) {
    const number = await store.increment(sequences, sequence, 'value')
    try {
      // Of several at once, one gives the number; what the others drew is never used.
      const given = await store.update(users, { id, number: { isNull: true } }, { number })
      return given === 1 ? number : ((await store.get(users, { id }))?.number ?? null)
    } catch (error) {
      if (!(error instanceof UniqueViolation)) throw error
      await skipTaken(store, number)
    }
  }
}

/** Users who came with a number of their own are passed: the sequence goes on above the highest. */
async function skipTaken(store: Store, taken: number): Promise<void> {
  let highest = taken
  for (;;) {
    const above = await store.list(users, { where: { number: { gt: highest } }, limit: PAGE })
    if (above.length === 0) break
    highest = Math.max(...above.map(({ number }) => number!))
  }
  if (highest > taken) await store.increment(sequences, sequence, 'value', highest - taken)
}
