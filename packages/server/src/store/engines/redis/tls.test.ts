// What `rediss://` promises, on a Redis that shows a certificate of an authority that nobody else knows, made out to
// `localhost` and not to its address.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test as vitestTest } from 'vitest'
import { authority, ofLocalhost } from '../../../testing/authority.js'
import { certificate as stranger } from '../../../testing/certificate.js'
import { freePort } from '../../../testing/port.js'
import { missing, type OwnRedis, onRedis, startRedis } from '../../../testing/redis.js'
import { stoppedClock } from '../../../util/clock.js'
import { counter, counters } from '../../conformance/harness.js'
import { StoreUnavailable } from '../../store.js'
import { openRedis } from './redis.js'

const without = missing ?? lookForTls()

/** One that was built without TLS does not know its settings; one with it ends at once, having nowhere to listen. */
function lookForTls(): string | undefined {
  const { stdout, stderr } = spawnSync('redis-server', ['--port', '0', '--tls-port', '0'], {
    encoding: 'utf8',
  })
  if (!/bad directive/i.test(`${stdout}${stderr}`)) return undefined
  const why = 'the program redis-server was built without TLS'
  if (process.env.CI) throw new Error(why)
  console.warn(`tests on a Redis with TLS are skipped: ${why}`)
  return why
}

// skipped: where no Redis with TLS can be started; the reason is printed
const test = vitestTest.skipIf(without !== undefined)

let directory: string
let server: OwnRedis | undefined
let port: number

beforeAll(async () => {
  if (without !== undefined) return
  directory = mkdtempSync(join(tmpdir(), 'sallyport-tls-'))
  port = await freePort()
  const files = [
    '--tls-cert-file',
    pem('server', ofLocalhost.certificate),
    '--tls-key-file',
    pem('key', ofLocalhost.key),
  ]
  const alone = ['--tls-auth-clients', 'no']
  server = await startRedis(await freePort(), '--tls-port', String(port), ...files, ...alone)
  await onRedis(server.url, (send) => send('ACL', 'SETUSER', 'ada', 'on', '>hunter2', '~*', '+@all'))
})
afterAll(async () => {
  if (without !== undefined) return
  await server?.kill()
  rmSync(directory, { recursive: true })
})

/** The path of a file of PEM. */
function pem(name: string, text: string): string {
  const path = join(directory, `${name}.pem`)
  writeFileSync(path, text)
  return path
}

/** Opens an engine and counts something: what it says where it cannot. */
async function tried(url: string, connection = 20_000): Promise<string> {
  const patience = { answer: 20_000, connection }
  const engine = await openRedis({ url, prefix: 'x:', clock: stoppedClock(), patience })
  try {
    await engine.increment(counters, counter({ until: Date.UTC(2040) }), 'count')
    return 'counted'
  } catch (error) {
    expect(error).toBeInstanceOf(StoreUnavailable)
    expect((error as Error).message).not.toContain('hunter2')
    return (error as Error).message
  } finally {
    await engine.close()
  }
}

const urlAt = (host: string, rest = '') => `rediss://ada:hunter2@${host}:${port}/0${rest}`
const trusting = (text: string) => `?sslrootcert=${pem('authority', text)}`

test('the authority that is named in sslrootcert is believed, for the name that it signed', async () => {
  expect(await tried(urlAt('localhost', trusting(authority)))).toBe('counted')
  expect(await tried(urlAt('127.0.0.1', trusting(authority)))).toMatch(
    /Redis at 127\.0\.0\.1:\d+: .*IP: 127\.0\.0\.1 is not in the cert's list/,
  )
})

test('a certificate of an authority that nobody named is refused, and the reason is told', async () => {
  const unknown = /Redis at localhost:\d+: unable to verify the first certificate/
  expect(await tried(urlAt('localhost'))).toMatch(unknown)
  expect(await tried(urlAt('localhost', trusting(stranger)))).toMatch(unknown)
})

test('neither is taken for the other: rediss:// where no TLS is spoken, and redis:// where nothing else is', async () => {
  const plain = new URL(server!.url).port
  const unspoken = urlAt('localhost', trusting(authority)).replace(`${port}`, plain)
  expect(await tried(unspoken, 200)).toContain(`Redis at localhost:${plain}: no answer within`)
  expect(await tried(`redis://ada:hunter2@127.0.0.1:${port}`)).toContain(`Redis at 127.0.0.1:${port}: `)
})
