// What the tutorials build: Express, jsonwebtoken, bcrypt, users in PostgreSQL and refresh tokens in Redis, each used
// as their pages show it first. Started by bench/open-rivals.mjs. Arguments: port, PostgreSQL URL, Redis URL, how many
// people to put there, and --no-hash.
//
// Settings:
// - Express 5, NODE_ENV=production, no middleware but express.json()
// - jsonwebtoken, HS256 with strings as secrets; access tokens of 15 minutes, refresh tokens of 7 days
// - bcrypt with cost 10, the package `bcrypt`, which hashes off the main thread; --no-hash compares texts instead
// - pg: a pool of 10 connections, as it comes; unprepared queries
// - ioredis: a refresh reads the old token (GET), deletes it (DEL) and stores the new one (SET)
// No validation, no limits, no log, no revocation of access tokens.
// It keeps to a schema of its own in the database and a prefix of its own in Redis, and clears both when it ends.
import './production.mjs'
import { randomUUID } from 'node:crypto'
import bcrypt from 'bcrypt'
import express from 'express'
import { Redis } from 'ioredis'
import jsonwebtoken from 'jsonwebtoken'
import pg from 'pg'
import { identifierOf, password } from '../seed.mjs'

const [port, postgresUrl, redisUrl, people, flag] = process.argv.slice(2)
const withHash = flag !== '--no-hash'
const secrets = { access: 'the-secret-of-access-tokens', refresh: 'the-secret-of-refresh-tokens' }
const week = 7 * 24 * 60 * 60
const schema = 'sallyport_bench'
const keyOf = (id) => `sallyport-bench:${id}`

const pool = new pg.Pool({ connectionString: postgresUrl })
const redis = new Redis(redisUrl)

async function prepare() {
  const hash = withHash ? await bcrypt.hash(password, 10) : password
  await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  await pool.query(`CREATE SCHEMA ${schema}`)
  await pool.query(
    `CREATE TABLE ${schema}.users (
       id uuid PRIMARY KEY, email text UNIQUE NOT NULL, name text NOT NULL, password_hash text NOT NULL)`,
  )
  for (let person = 1; person <= Number(people); person++)
    await pool.query(`INSERT INTO ${schema}.users VALUES ($1, $2, $3, $4)`, [
      randomUUID(),
      identifierOf(person),
      `Person ${person}`,
      hash,
    ])
}

async function clear() {
  const stream = redis.scanStream({ match: keyOf('*'), count: 1000 })
  for await (const keys of stream) if (keys.length > 0) await redis.del(keys)
  await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
}

async function giveTokens(userId, email) {
  const id = randomUUID()
  const access = jsonwebtoken.sign({ sub: userId, email }, secrets.access, { expiresIn: '15m' })
  const refresh = jsonwebtoken.sign({ sub: userId, email, jti: id }, secrets.refresh, { expiresIn: '7d' })
  await redis.set(keyOf(id), refresh, 'EX', week)
  return { access_token: access, refresh_token: refresh }
}

async function logIn(request, response) {
  const { email, password: given } = request.body
  const { rows } = await pool.query(`SELECT * FROM ${schema}.users WHERE email = $1`, [email])
  const right =
    rows.length === 1 &&
    (withHash ? await bcrypt.compare(given, rows[0].password_hash) : given === rows[0].password_hash)
  if (!right) return response.status(401).json({ error: 'wrong email or password' })
  response.json(await giveTokens(rows[0].id, email))
}

async function refreshTokens(request, response) {
  const token = request.body.refresh_token
  let claims
  try {
    claims = jsonwebtoken.verify(token, secrets.refresh)
  } catch {
    return response.status(401).json({ error: 'invalid refresh token' })
  }
  const known = await redis.get(keyOf(claims.jti))
  if (known !== token) return response.status(401).json({ error: 'invalid refresh token' })
  await redis.del(keyOf(claims.jti))
  response.json(await giveTokens(claims.sub, claims.email))
}

function authenticate(request, response, next) {
  const [scheme, token] = (request.headers.authorization ?? '').split(' ')
  if (scheme !== 'Bearer') return response.status(401).json({ error: 'no token' })
  try {
    request.user = jsonwebtoken.verify(token, secrets.access)
  } catch {
    return response.status(401).json({ error: 'invalid token' })
  }
  next()
}

async function showMe(request, response) {
  const { rows } = await pool.query(`SELECT id, email, name FROM ${schema}.users WHERE id = $1`, [
    request.user.sub,
  ])
  if (rows.length === 0) return response.status(404).json({ error: 'no such user' })
  response.json(rows[0])
}

await prepare()
const server = express()
  .use(express.json())
  .post('/login', logIn)
  .post('/refresh', refreshTokens)
  .get('/me', authenticate, showMe)
  .listen(Number(port), '127.0.0.1')
process.once('SIGTERM', async () => {
  server.close()
  await clear()
  process.exit(0)
})
