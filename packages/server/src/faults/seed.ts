// A past for a server: a directory with a migrated database, people with one password, and sessions whose refresh
// tokens the test knows. seed-database.ts makes them in a thread: with it go its connections to the file, which one
// driver would keep open in this process.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type Argon2Cost, defaultCost } from '../domain/passwords/phc.js'

/** Where a server lives; what it was given outlasts each of its processes. */
export interface Home {
  readonly directory: string
  readonly dataDir: string
  readonly database: string
  /** The `database_url`. */
  readonly url: string
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
  /** What the stored password hashes cost. */
  argon2?: Argon2Cost
  /** The database to fill instead of a new file. */
  url?: string
  /** A directory to use instead of a new one below the system's temporary directory. */
  directory?: string
}

/** What the thread is handed. */
export interface Order {
  readonly url: string
  readonly secret: Uint8Array
  readonly people: number
  readonly sessionsEach: number
  readonly argon2: Argon2Cost
}

/** A new home with its database. */
export async function makeHome(options: SeedOptions = {}): Promise<Home> {
  const { people: count = 0, sessionsEach = 1, argon2 = defaultCost } = options
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'sallyport-faults-'))
  const dataDir = join(directory, 'data')
  mkdirSync(dataDir, { mode: 0o700 })
  const database = join(dataDir, 'sallyport.db')
  const secret = randomBytes(32)
  const { url = `sqlite:${database}` } = options
  const workerData: Order = { url, secret, people: count, sessionsEach, argon2 }
  const worker = new Worker(new URL('./seed-database.js', import.meta.url), { workerData })
  const ended = once(worker, 'exit')
  const [people] = (await once(worker, 'message')) as [Seeded[]]
  await ended
  const remove = () => rmSync(directory, { recursive: true, force: true })
  return { directory, dataDir, database, url, secret, people, remove }
}
