// Better Auth on node:http, started by bench/open-rivals.mjs. Arguments: port, database file, how many people to sign
// up, and --no-hash.
//
// Settings, all in its favour:
// - mounted by its own adapter for node:http; Express, Hono and Fastify came out the same within noise
// - rate limiter, telemetry and logger off
// - email and password, with the plugins jwt and bearer, since what it is measured against gives out tokens
// - disableSettingJwtHeader: else it signs a JWT for every answer of get-session as well
// - SQLite by the driver that Sallyport takes under the same Node, with a write-ahead log and synchronous=FULL, through
//   its own dialect for node:sqlite
// - --no-hash replaces its scrypt (N=16384, r=16) by equality: log-in is compared without the hash
// Everything else is as it comes: sessions of 7 days that are written anew once a day, no cookie cache (it saves the
// look-up, not the work), EdDSA for its JWTs.
import './production.mjs'
import { createServer } from 'node:http'
// A dependency of better-auth: asked for by itself, it would want versions of its own peers.
import { NodeSqliteDialect } from '@better-auth/kysely-adapter/node-sqlite-dialect'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import { bearer, jwt } from 'better-auth/plugins'
import { identifierOf, openDatabase, password } from '../seed.mjs'

const [port, file, people, flag] = process.argv.slice(2)
const equality = {
  hash: async (text) => text,
  verify: async ({ hash, password: given }) => hash === given,
}

const database = await openDatabase(file)
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')

const auth = betterAuth({
  baseURL: `http://localhost:${port}`,
  secret: 'rivals-are-measured-with-a-secret-of-their-own',
  database: { dialect: new NodeSqliteDialect({ database }), type: 'sqlite', transaction: true },
  emailAndPassword: { enabled: true, ...(flag === '--no-hash' && { password: equality }) },
  plugins: [jwt({ disableSettingJwtHeader: true }), bearer()],
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
})

const { runMigrations } = await getMigrations(auth.options)
await runMigrations()
for (let person = 1; person <= Number(people); person++)
  await auth.api.signUpEmail({
    body: { name: `Person ${person}`, email: identifierOf(person), password },
  })

createServer(toNodeHandler(auth)).listen(Number(port), '127.0.0.1')
