// A PostgreSQL for benchmarks: the one at SALLYPORT_TEST_POSTGRES or on this machine's usual port, with a schema for each
// that measures. Filled as seed.mjs fills a file, and by the same program.
import { createRequire } from 'node:module'
import { identifierOf, password } from './seed.mjs'

const server = new URL('../packages/server/', import.meta.url)
const require = createRequire(new URL('package.json', server))
const dist = (path) => import(new URL(`dist/${path}`, server).href)
const base = process.env.SALLYPORT_TEST_POSTGRES ?? 'postgres://postgres@127.0.0.1:5432/postgres'

/** A pool of the driver that the server uses, in the schema of the URL. */
export async function openPool(url, max) {
  const pg = require('pg')
  const target = new URL(url)
  const schema = target.searchParams.get('schema')
  target.search = ''
  return new pg.Pool({
    connectionString: target.href,
    max,
    ...(schema && { options: `-c search_path=${schema}` }),
  })
}

/** Why no server answers, or whether it forgets what it was told; undefined where it can be measured. */
export async function whyNot() {
  const pool = await openPool(base, 1)
  try {
    const { rows } = await pool.query(
      "SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit",
    )
    const [{ fsync, commit }] = rows
    return fsync === 'on' && commit === 'on'
      ? undefined
      : `fsync is ${fsync}, synchronous_commit is ${commit}`
  } catch (error) {
    return error.message || error.code
  } finally {
    await pool.end()
  }
}

/** A fresh schema. */
export async function makeSchema(name) {
  const schema = `sallyport_bench_${name}_${process.pid}`
  const url = new URL(base)
  url.searchParams.set('schema', schema)
  const drop = async () => {
    const pool = await openPool(base, 1)
    await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
    await pool.end()
  }
  await drop()
  return { url: url.href, drop }
}

/** That many people with a session each; answers a refresh token of each session. */
export async function seedPostgres(url, secret, people) {
  const { openStore } = await dist('store/engines/open.js')
  const { migrations } = await dist('server.js')
  const { createSecrets } = await dist('domain/secrets.js')
  const { systemClock } = await dist('util/clock.js')
  const { newUserRow } = await dist('domain/users.js')
  const { sessions, users } = await dist('domain/tables.js')
  const store = await openStore({ url, pool: 8, tables: [], clock: systemClock })
  const secrets = createSecrets(secret)
  try {
    await store.migrate(migrations)
    const hash = require('@node-rs/argon2').hashSync(password, {
      memoryCost: 19_456,
      timeCost: 2,
      parallelism: 1,
    })
    const made = await Promise.all(
      Array.from({ length: people }, async (_, at) => {
        const address = identifierOf(at + 1)
        const email = { address, normalized: address }
        const user = newUserRow(Date.now(), { email, password_hash: hash })
        const { row, token } = await newSession(secrets, user)
        await store.insert(users, user)
        await store.insert(sessions, row)
        return token
      }),
    )
    return made
  } finally {
    await store.close()
  }
}

const day = 86_400_000

async function newSession(secrets, user) {
  const { firstToken, hashToken } = await dist('domain/tokens/chain.js')
  const { randomBytes, uuidToBytes, uuidv7 } = await dist('util/ids.js')
  const now = Date.now()
  const id = uuidv7(now)
  const token = firstToken(secrets.chain[0], uuidToBytes(id), randomBytes(28))
  const none = {
    previous_hash: null,
    salt: null,
    attempt_hash: null,
    proof_purpose: null,
    proof_at: null,
    page_hash: null,
  }
  const row = {
    ...none,
    id,
    user_id: user.id,
    contract: 'native',
    epoch: 0,
    transport: 'body',
    current_hash: hashToken(token),
    generation: 0,
    rotated_at: now,
    idle_ends_at: now + 14 * day,
    ends_at: now + 90 * day,
    created_at: now,
    last_seen_at: now,
    auth_time: now,
    amr: ['pwd'],
    user_agent: 'sallyport-bench',
    ip: '127.0.0.1',
    expires_at: now + 120 * day,
  }
  return { row, token }
}
