// Who a row is about: looked up for a whole batch at once, by id, address, number and username. An account counts as the
// row's own where the first of these that the row names is the account's; where only a later one is, it is somebody
// else's, and the row is refused rather than poured into a stranger's account.
import { hash } from 'node:crypto'
import type { Store, Where } from '../../store/store.js'
import { type UserRow, users } from '../tables.js'
import type { Draft } from './draft.js'

/** The account of a row, or why it gets none. */
export type Found = { readonly user: UserRow } | { readonly reason: string; readonly next: string }

interface Known {
  /** Undefined where the person is new. */
  find(draft: Draft, line: number): Found | undefined
  /** The row of a line makes this person; rows behind it are told. */
  remember(draft: Draft, line: number): void
}

export interface People {
  lookUp(drafts: readonly Draft[]): Promise<Known>
}

const ways = ['id', 'email_normalized', 'phone_number', 'username_normalized'] as const
type Way = (typeof ways)[number]

const namesOf = ({ id, email, phone, username }: Draft): readonly (readonly [Way, string])[] => {
  const names = [id, email?.normalized, phone, username?.normalized]
  return ways.flatMap((way, at) => (names[at] === undefined ? [] : [[way, names[at]] as const]))
}

/**
 * `keeps`: rows of earlier batches are remembered here, because a dry run leaves none in the store; 50 bytes or so a
 * name.
 */
export function createPeople(store: Store, fingerprint: string, keeps: boolean): People {
  const lasting = new Map<number, number>()
  return {
    lookUp: async (drafts) => {
      const found = await lookUpAll(store, drafts)
      const seen = keeps ? lasting : new Map<number, number>()
      return {
        find: (draft, line) => find(found, seen, fingerprint, draft, line),
        remember: (draft, line) => {
          for (const [way, name] of namesOf(draft)) seen.set(keyOf(way, name), line)
        },
      }
    },
  }
}

/** Six bytes of a hash. A dry run of ten million names takes, by a chance of a fifth, one of them for another. */
const keyOf = (way: Way, name: string) => hash('sha256', `${way} ${name}`, 'buffer').readUIntBE(0, 6)

async function lookUpAll(store: Store, drafts: readonly Draft[]): Promise<Map<string, UserRow>> {
  const found = new Map<string, UserRow>()
  const names = drafts.flatMap(namesOf)
  for (const way of ways) {
    const wanted = [...new Set(names.filter(([of]) => of === way).map(([, name]) => name))]
    if (wanted.length === 0) continue
    const where: Where<UserRow> = { [way]: { in: wanted } }
    for (const user of await store.list(users, { where, limit: 1000 })) found.set(`${way} ${user[way]}`, user)
  }
  return found
}

function find(
  found: ReadonlyMap<string, UserRow>,
  seen: ReadonlyMap<number, number>,
  fingerprint: string,
  draft: Draft,
  line: number,
): Found | undefined {
  const names = namesOf(draft)
  for (const [at, [way, name]] of names.entries()) {
    const earlier = seen.get(keyOf(way, name))
    if (earlier !== undefined) return twice(way, earlier)
    const user = found.get(`${way} ${name}`)
    if (!user) continue
    const from = lineOf(user, fingerprint)
    if (from !== undefined && from !== line) return twice(way, from)
    if (user.status === 'deleted') return deleted(way)
    return at === 0 || from === line ? { user } : taken(way, user, draft.id !== undefined)
  }
  return undefined
}

/** The line of this very file that made an account. */
function lineOf({ origin }: UserRow, fingerprint: string): number | undefined {
  const [what, file, line] = origin?.split(' ') ?? []
  return what === 'import' && file === fingerprint ? Number(line) : undefined
}

const labels: Readonly<Record<Way, string>> = {
  id: 'id',
  email_normalized: 'email',
  phone_number: 'phone_number',
  username_normalized: 'preferred_username',
}

const twice = (way: Way, line: number): Found => ({
  reason: `${labels[way]} is the same as in line ${line}`,
  next: 'Make one row of the two; letter case makes no difference in addresses and usernames',
})

const taken = (way: Way, { id }: UserRow, byId: boolean): Found => ({
  reason: `${labels[way]} is another account’s`,
  next: `See whose it is: sallyport user show ${id}${byId ? '; where it is the same person, leave the ids out: --map id=-' : ''}`,
})

const deleted = (way: Way): Found => ({
  reason: `${labels[way]} is reserved for an account that was deleted, for 7 days`,
  next: 'Import the file again after that',
})
