// Databases that several servers share. Every scene with several servers is played on each of them; one more is a line
// here. What they hold is read by the verbs of the store, so that it is read alike.
import { createSecrets } from '../domain/secrets.js'
import { outbox, sessions, users } from '../domain/tables.js'
import { openStore } from '../store/engines/open.js'
import { cursorOf, type Engine } from '../store/store.js'
import type { Table } from '../store/table.js'
import { missing as mysql, testDatabase } from '../testing/mysql.js'
import { missing as postgres, testSchema } from '../testing/postgres.js'
import { systemClock } from '../util/clock.js'
import type { Kept, SessionFacts, UserFacts } from './database.js'
import type { Home } from './seed.js'

interface Shared {
  readonly name: string
  /** Why no server answers; undefined where one does. */
  readonly missing: string | undefined
  /** A database that is nobody else's. */
  make(): Promise<{ readonly url: string; drop(): Promise<void> }>
}

export const shared: readonly Shared[] = [
  { name: 'PostgreSQL', missing: postgres, make: async () => testSchema() },
  { name: 'MariaDB', missing: mysql, make: testDatabase },
]

async function reading<T>({ url }: Home, work: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await openStore({ url, pool: 1, tables: [], clock: systemClock })
  try {
    return await work(engine)
  } finally {
    await engine.close()
  }
}

async function all<R>(engine: Engine, table: Table<R>): Promise<R[]> {
  const rows: R[] = []
  for (let after: string | undefined; ; ) {
    const page = await engine.list(table, { limit: 1000, ...(after !== undefined && { after }) })
    rows.push(...page)
    if (page.length < 1000) return rows
    after = cursorOf(table, page.at(-1)!)
  }
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** Everything the database holds now. */
export function readShared(home: Home): Promise<Kept> {
  return reading(home, async (engine) => {
    const chains = (await all(engine, sessions)).map((row): [string, SessionFacts] => {
      const { id, user_id: userId, generation, current_hash, previous_hash } = row
      const previous = previous_hash && hex(previous_hash)
      return [id, { id, userId, generation, current: hex(current_hash), previous }]
    })
    const people = (await all(engine, users)).map(({ id, email, name }): [string, UserFacts] => [
      email ?? id,
      { id, email: email ?? id, name },
    ])
    return { integrity: 'ok', sessions: new Map(chains), users: new Map(people) }
  })
}

/** What was posted to an address, the newest first, with its codes and links. */
export function mailed(home: Home, to: string): Promise<Record<string, string | number>[]> {
  return reading(home, async (engine) => {
    const secrets = createSecrets(home.secret)
    const messages = (await all(engine, outbox)).map(
      ({ id, sealed }) => JSON.parse(String(secrets.open(sealed, id))) as Message,
    )
    return messages
      .filter((message) => message.to === to)
      .map(({ facts }) => facts)
      .reverse()
  })
}

interface Message {
  readonly to: string
  readonly facts: Record<string, string | number>
}
