// A past for a server: a directory with a migrated database, people with one password, and sessions whose refresh
// tokens the test knows. Made with the product's own functions, because a thousand sign-ups would take a minute.

import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHasher } from '../domain/passwords/hasher.js'
import { type Argon2Cost, defaultCost } from '../domain/passwords/phc.js'
import { preparePassword } from '../domain/passwords/policy.js'
import { createSecrets } from '../domain/secrets.js'
import { type SessionRow, sessions, type UserRow, users } from '../domain/tables.js'
import { firstToken, hashToken } from '../domain/tokens/chain.js'
import { newUserRow } from '../domain/users.js'
import { migrations } from '../server.js'
import { openSqlite } from '../store/engines/sqlite/sqlite.js'
import { systemClock } from '../util/clock.js'
import { uuidToBytes, uuidv7 } from '../util/ids.js'

/** Where a server lives; what it was given outlasts each of its processes. */
export interface Home {
  readonly directory: string
  readonly dataDir: string
  readonly database: string
  readonly secret: Buffer
  /** What was there before the first start. */
  readonly people: readonly Seeded[]
  remove(): void
}

export interface Seeded {
  readonly id: string
  readonly email: string
  readonly password: string
  /** A refresh token for each session. */
  readonly tokens: readonly string[]
}

export interface SeedOptions {
  people?: number
  sessionsEach?: number
  argon2?: Argon2Cost
  /** A directory to use instead of a new one below the system's temporary directory. */
  directory?: string
}

const password = 'a lantern over the harbour'
const day = 86_400_000

/** A new home with its database. */
export async function makeHome(options: SeedOptions = {}): Promise<Home> {
  const { people = 0, sessionsEach = 1, argon2 = defaultCost } = options
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'sallyport-faults-'))
  const dataDir = join(directory, 'data')
  mkdirSync(dataDir, { mode: 0o700 })
  const database = join(dataDir, 'sallyport.db')
  const secret = randomBytes(32)
  const engine = await openSqlite({ path: database, tables: [users, sessions] as never, clock: systemClock })
  await engine.migrate(migrations)
  const hash = people > 0 ? await hashOf(argon2) : ''
  const made = Array.from({ length: people }, (_, number) => personOf(number, hash, secret, sessionsEach))
  await Promise.all(made.map(({ row }) => engine.insert(users, row)))
  await Promise.all(made.flatMap(({ rows }) => rows.map((row) => engine.insert(sessions, row))))
  await engine.close()
  const remove = () => rmSync(directory, { recursive: true, force: true })
  return { directory, dataDir, database, secret, people: made.map(({ person }) => person), remove }
}

async function hashOf(argon2: Argon2Cost): Promise<string> {
  const hasher = createHasher({ argon2, workers: 1 })
  try {
    return await hasher.hash(preparePassword(password)!)
  } finally {
    await hasher.close()
  }
}

function personOf(number: number, hash: string, secret: Buffer, count: number) {
  const email = `seeded${number}@example.com`
  const row = userRow(email, hash)
  const made = Array.from({ length: count }, () => sessionOf(row, secret))
  const person: Seeded = { id: row.id, email, password, tokens: made.map(({ token }) => token) }
  return { person, row, rows: made.map(({ row }) => row) }
}

function userRow(email: string, password_hash: string): UserRow {
  const parsed = { address: email, normalized: email }
  return newUserRow(Date.now(), { email: parsed, password_hash })
}

function sessionOf(user: UserRow, secret: Buffer): { row: SessionRow; token: string } {
  const now = Date.now()
  const id = uuidv7(now)
  const token = firstToken(createSecrets(secret).chain[0]!, uuidToBytes(id), randomBytes(28))
  const row: SessionRow = {
    id,
    user_id: user.id,
    contract: 'native',
    epoch: 0,
    transport: 'body',
    current_hash: hashToken(token),
    previous_hash: null,
    salt: null,
    generation: 0,
    attempt_hash: null,
    rotated_at: now,
    idle_ends_at: now + day,
    ends_at: now + 2 * day,
    created_at: now,
    last_seen_at: now,
    auth_time: now,
    amr: ['pwd'],
    user_agent: null,
    ip: '127.0.0.1',
    expires_at: now + 30 * day,
  }
  return { row, token }
}
