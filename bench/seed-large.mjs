// A database with any number of users and sessions, as it is after a month: the rows are made by the database server
// itself, with realistic values in every column that is written. Only sessions that are wanted get tokens that are known.
import { identifierOf, loadArgon2, password } from './seed.mjs'

const server = new URL('../packages/server/', import.meta.url)
const dist = (path) => import(new URL(`dist/${path}`, server).href)
const day = 86_400_000
const pieceSize = 100_000
const agent =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36'

// Ids are UUIDv7: the moment, which rises by `step` milliseconds from one to the next, and a tail that looks like chance.
const [spread, range] = [2_654_435_761, 2 ** 48]

function idSql({ hex }, { base, step }, number) {
  const padded = (value) => {
    const digits = hex(value)
    return `substr('000000000000' || ${digits}, length(${digits}) + 1, 12)`
  }
  const moment = padded(`${base} + ${number} * ${step}`)
  return `substr(${moment}, 1, 8) || '-' || substr(${moment}, 9, 4) || '-7abc-8def-' || ${padded(`(${number} * ${spread}) % ${range}`)}`
}

function idOf({ base, step }, number) {
  const moment = (base + number * step).toString(16).padStart(12, '0')
  const tail = ((BigInt(number) * BigInt(spread)) % BigInt(range)).toString(16).padStart(12, '0')
  return `${moment.slice(0, 8)}-${moment.slice(8)}-7abc-8def-${tail}`
}

/**
 * Fills a database that is up to date. Every user has as many sessions as the others, begun at any time. With
 * `livingEach`, only every so manieth session lives, and the others are past their end. Answers refresh tokens of
 * `known` of the living sessions, spread over all of them.
 */
export async function seedLarge(database, secret, { users, sessions, known, livingEach = 1 }) {
  const now = Date.now()
  const { dialect } = database
  const base = now - 30 * day
  const ids = {
    user: { base, step: Math.floor((20 * day) / users) },
    session: { base: base + 20 * day, step: Math.floor((9 * day) / sessions) },
  }
  const owner = `(1 + (n * 7919) % ${users})`
  const hash = loadArgon2().hashSync(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 })
  await fill(database, 'users', users, userColumns(idSql(dialect, ids.user, 'n'), hash, base))
  const columns = sessionColumns(
    dialect,
    idSql(dialect, ids.session, 'n'),
    idSql(dialect, ids.user, owner),
    now,
  )
  await fill(database, 'sessions', sessions, { ...columns, expires_at: endSql(now, livingEach) })
  const living = Math.floor(sessions / livingEach)
  const numbers = Array.from(
    { length: known },
    (_, at) => livingEach * (1 + Math.floor((at * living) / known)),
  )
  const tokens = await giveTokens(
    database,
    secret,
    numbers.map((number) => idOf(ids.session, number)),
  )
  await database.settle()
  return tokens
}

const endSql = (now, livingEach) =>
  `CASE WHEN n % ${livingEach} = 0 THEN ${now + 120 * day} ELSE ${now - day} END`

async function fill({ query, dialect }, table, count, columns) {
  const [names, values] = [Object.keys(columns).join(', '), Object.values(columns).join(', ')]
  for (let from = 1; from <= count; from += pieceSize) {
    const piece = dialect.series(from, Math.min(count, from + pieceSize - 1))
    await query(`INSERT INTO ${table} (${names}) SELECT ${values} FROM ${piece}`)
  }
}

async function giveTokens({ query, dialect: { hole } }, secret, ids) {
  const { chainKeys, firstToken, hashToken } = await dist('domain/tokens/chain.js')
  const { uuidToBytes, randomBytes } = await dist('util/ids.js')
  const keys = chainKeys(secret)
  const unused = 'generation = 0, previous_hash = NULL, salt = NULL'
  const tokens = []
  await query('BEGIN')
  for (const id of ids) {
    const token = firstToken(keys, uuidToBytes(id), randomBytes(28))
    const sql = `UPDATE sessions SET current_hash = ${hole(1)}, ${unused} WHERE id = ${hole(2)}`
    await query(sql, [hashToken(token), id])
    tokens.push(token)
  }
  await query('COMMIT')
  return tokens
}

const addressSql = `'${identifierOf("' || n || '")}'`

const userColumns = (id, hash, at) => ({
  id,
  email: addressSql,
  email_normalized: addressSql,
  email_verified: 'true',
  phone_number_verified: 'false',
  name: "'Person ' || n",
  given_name: "'Person'",
  family_name: "'' || n",
  locale: "'en'",
  roles: "'[]'",
  status: "'active'",
  password_hash: `'${hash}'`,
  password_changed_at: at,
  epoch: 0,
  epoch_at: 0,
  metadata: "'{}'",
  app_metadata: "'{}'",
  created_at: `${at} + n`,
  updated_at: `${at} + n`,
  last_login_at: at,
  search: `${id} || chr_10 || ${addressSql} || chr_10 || 'person ' || n`.replaceAll('chr_10', "'\n'"),
})

const sessionColumns = ({ digest }, id, user, now) => ({
  id,
  user_id: user,
  contract: "'native'",
  epoch: 0,
  transport: "'body'",
  current_hash: digest("'current' || n"),
  previous_hash: digest("'previous' || n"),
  salt: `substr(${digest("'salt' || n")}, 1, 16)`,
  generation: 'n % 100',
  rotated_at: now,
  idle_ends_at: now + 14 * day,
  ends_at: now + 90 * day,
  created_at: `${now - 10 * day} + n`,
  last_seen_at: now,
  auth_time: now - 10 * day,
  amr: `'["pwd"]'`,
  user_agent: `'${agent}'`,
  ip: "'198.51.100.' || (n % 250)",
})
