// What `sslmode` says of a connection, on a PostgreSQL that lets strangers in by TLS alone and shows a certificate of an
// authority that nobody else knows, made out to `localhost` and not to its address.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test as vitestTest } from 'vitest'
import { authority, ofAda, ofLocalhost } from '../../../testing/authority.js'
import { certificate as stranger } from '../../../testing/certificate.js'
import { freePort } from '../../../testing/port.js'
import { makeCluster, missing, type PostgresServer, startPostgres } from '../../../testing/postgres-server.js'
import { stoppedClock } from '../../../util/clock.js'
import { tables } from '../../conformance/harness.js'
import { StoreUnavailable } from '../../store.js'
import { openPostgres } from './postgres.js'

// skipped: where PostgreSQL's programs are missing; the reason is printed
const test = vitestTest.skipIf(missing !== undefined)

const lets = `hostnossl all postgres 127.0.0.1/32 trust
hostssl all ada 127.0.0.1/32 cert
hostssl all sally 127.0.0.1/32 trust
`
let directory: string
let server: PostgresServer | undefined

beforeAll(async () => {
  if (missing !== undefined) return
  directory = mkdtempSync(join(tmpdir(), 'sallyport-tls-'))
  const cluster = makeCluster({
    'server.crt': ofLocalhost.certificate,
    'server.key': ofLocalhost.key,
    'authority.crt': authority,
    'pg_hba.conf': lets,
    'postgresql.auto.conf': "ssl = on\nssl_ca_file = 'authority.crt'\n",
  })
  server = await startPostgres(await freePort(), {}, cluster)
  await server.sql('CREATE ROLE sally LOGIN; CREATE ROLE ada LOGIN')
})
afterAll(async () => {
  if (missing !== undefined) return
  await server?.remove()
  rmSync(directory, { recursive: true })
})

/** The path of a file of PEM. */
function pem(name: string, text: string): string {
  const path = join(directory, `${name}.pem`)
  writeFileSync(path, text)
  return path
}

const ours = () => pem('ours', authority)
const theirs = () => pem('theirs', stranger)
const ada = () => ({ sslcert: pem('ada', ofAda.certificate), sslkey: pem('ada-key', ofAda.key) })

/** Connects, which asks the server something already, and goes again. */
async function connect(who: string, parameters: Record<string, string>): Promise<void> {
  const url = new URL(`postgres://${who}@127.0.0.1:${server!.port}/postgres`)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  if (parameters.host !== undefined) url.hostname = parameters.host
  url.searchParams.delete('host')
  const patience = { connect: 20_000, statement: 20_000 }
  const engine = await openPostgres({ url: url.href, tables, clock: stoppedClock(), pool: 1, patience })
  await engine.close()
}

test.each([
  ['require takes whoever answers', () => ({ sslmode: 'require' })],
  ['require asks the authority where one is named', () => ({ sslmode: 'require', sslrootcert: ours() })],
  [
    'verify-ca asks the authority, and not for the name',
    () => ({ sslmode: 'verify-ca', sslrootcert: ours() }),
  ],
  ['verify-full asks for both', () => ({ sslmode: 'verify-full', sslrootcert: ours(), host: 'localhost' })],
])('%s, and is let in', async (_, parameters) => {
  await connect('sally', parameters())
})

const unknown = /self-signed certificate in certificate chain/
test.each([
  [
    'nothing that is not encrypted',
    () => ({ sslmode: 'disable' }),
    /does not let this user in.*no encryption/,
  ],
  ['require with another authority', () => ({ sslmode: 'require', sslrootcert: theirs() }), unknown],
  ['verify-ca with another authority', () => ({ sslmode: 'verify-ca', sslrootcert: theirs() }), unknown],
  ['verify-ca with those that Node trusts', () => ({ sslmode: 'verify-ca' }), unknown],
  [
    'verify-full with another authority',
    () => ({ sslmode: 'verify-full', sslrootcert: theirs(), host: 'localhost' }),
    unknown,
  ],
  [
    'verify-full at an address that the certificate does not hold',
    () => ({ sslmode: 'verify-full', sslrootcert: ours() }),
    /127\.0\.0\.1 is not in the cert's list/,
  ],
])('%s comes to nothing, and the reason is told', async (_, parameters, reason) => {
  const error = await connect('sally:hunter2', parameters()).catch((thrown) => thrown)
  expect(error).toBeInstanceOf(StoreUnavailable)
  expect(error.message).toMatch(reason)
  expect(error.message).not.toContain('hunter2')
})

test('a server that wants a certificate of its clients gets that of sslcert and sslkey', async () => {
  await connect('ada', { sslmode: 'require', ...ada() })
  await expect(connect('ada', { sslmode: 'require' })).rejects.toThrow(
    /does not let this user in.*certificate/,
  )
})

test('a server without TLS is told nothing, however little is asked of its certificate', async () => {
  await server!.sql('ALTER SYSTEM SET ssl = off')
  await server!.sql('SELECT pg_reload_conf()')
  await expect.poll(() => server!.sql('SHOW ssl')).toEqual([{ ssl: 'off' }])
  await expect(connect('sally', { sslmode: 'require' })).rejects.toThrow(/unavailable.*does not support SSL/)
})
