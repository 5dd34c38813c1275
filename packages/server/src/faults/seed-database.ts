// The thread that fills a new database, with the product's own functions: a thousand sign-ups would take a minute.

import { randomBytes } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { createHasher } from '../domain/passwords/hasher.js'
import type { Argon2Cost } from '../domain/passwords/phc.js'
import { preparePassword } from '../domain/passwords/policy.js'
import { createSecrets, type Secrets } from '../domain/secrets.js'
import { type SessionRow, sessions, type UserRow, users } from '../domain/tables.js'
import { firstToken, hashToken } from '../domain/tokens/chain.js'
import { newUserRow } from '../domain/users.js'
import { migrations } from '../server.js'
import { openStore } from '../store/engines/open.js'
import { write } from '../store/store.js'
import { systemClock } from '../util/clock.js'
import { uuidToBytes, uuidv7 } from '../util/ids.js'
import type { Order, Seeded } from './seed.js'

const password = 'a lantern over the harbour'
const day = 86_400_000

async function fill({ url, secret, people, sessionsEach, argon2 }: Order): Promise<Seeded[]> {
  const engine = await openStore({ url, pool: 4, tables: [], clock: systemClock })
  await engine.migrate(migrations)
  const hash = people > 0 ? await hashOf(argon2) : ''
  const secrets = createSecrets(secret)
  const made = Array.from({ length: people }, (_, number) => personOf(number, hash, secrets, sessionsEach))
  const writes = [
    ...made.map(({ row }) => write.insert(users, row)),
    ...made.flatMap(({ rows }) => rows.map((row) => write.insert(sessions, row))),
  ]
  for (let at = 0; at < writes.length; at += 200) await engine.atomically(writes.slice(at, at + 200))
  await engine.close()
  return made.map(({ person }) => person)
}

async function hashOf(argon2: Argon2Cost): Promise<string> {
  const hasher = createHasher({ argon2, workers: 1 })
  try {
    return await hasher.hash(preparePassword(password)!)
  } finally {
    await hasher.close()
  }
}

function personOf(number: number, hash: string, secrets: Secrets, count: number) {
  const email = `seeded${number}@example.com`
  const row = userRow(email, hash)
  const made = Array.from({ length: count }, () => sessionOf(row, secrets))
  const person: Seeded = { id: row.id, email, password, tokens: made.map(({ token }) => token) }
  return { person, row, rows: made.map(({ row }) => row) }
}

function userRow(email: string, password_hash: string): UserRow {
  return newUserRow(Date.now(), { email: { address: email, normalized: email }, password_hash })
}

function sessionOf(user: UserRow, secrets: Secrets): { row: SessionRow; token: string } {
  const now = Date.now()
  const id = uuidv7(now)
  const token = firstToken(secrets.chain[0]!, uuidToBytes(id), randomBytes(28))
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
    proof_purpose: null,
    proof_at: null,
    amr: ['pwd'],
    user_agent: null,
    ip: '127.0.0.1',
    page_hash: null,
    expires_at: now + 30 * day,
  }
  return { row, token }
}

parentPort!.postMessage(await fill(workerData as Order))
