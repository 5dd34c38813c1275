import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadSettings } from '../config/load.js'
import { processSettings } from '../config/settings.js'
import { migrations, openEngine } from '../server.js'
import { type Home, makeHome } from '../testing/program.js'
import { version } from './version.js'

let home: Home
let sallyport: Home['sallyport']
let directory: string
beforeEach(() => {
  home = makeHome()
  sallyport = home.sallyport
  directory = home.directory
})
afterEach(() => home.remove())

const started = 'Ctrl-C stops it.'
const secret = () => ({ SALLYPORT_SECRET: randomBytes(32).toString('base64url') })

async function usedPort() {
  const server = createServer().listen(0, 'localhost')
  await once(server, 'listening')
  const address = server.address() as { port: number }
  return { port: address.port, close: () => server.close() }
}

describe('sallyport dev', () => {
  test('every URL of the banner answers, and Ctrl-C ends it with 0', async () => {
    const server = sallyport(['dev', '--port', '0'])
    const out = await server.saying(started)
    expect(out).toContain(`Sallyport ${version} (development)   data ./.sallyport`)
    expect(out).not.toContain('\u001b')
    const urls = [...out.matchAll(/^ {2}(\S+) +(http\S+)/gm)].filter(([, label]) => label !== 'API')
    expect(urls.length).toBeGreaterThan(3)
    for (const [, , url] of urls) expect((await fetch(url!)).status, url).toBe(200)
    server.child.kill('SIGINT')
    expect(await server.ended).toMatchObject({ code: 0, err: '' })
  })

  test('what it was told by file, environment and flag holds for the running server', async () => {
    writeFileSync(join(directory, 'sallyport.yaml'), 'testing: { clock: true }\nport: 1\n')
    const env = { SALLYPORT_ISSUER: 'http://127.0.0.1:9', SALLYPORT_DATA_DIR: './elsewhere' }
    const server = sallyport(['dev', '--port=0', '--log.level', 'warn'], env)
    const out = await server.saying(started)
    expect(out).toContain('data ./elsewhere')
    expect(out).toContain('http://127.0.0.1:9/dev/clock')
    expect(readFileSync(join(directory, 'elsewhere', 'secret'), 'utf8')).toHaveLength(44)
    server.child.kill('SIGTERM')
    expect((await server.ended).code).toBe(0)
  })

  test('an event is one line of its output', async () => {
    const server = sallyport(['dev', '--port', '0'])
    const url = /http:\S+\/v1/.exec(await server.saying(started))![0]
    const body = JSON.stringify({ email: 'ada@example.test', password: 'a long and rare phrase 7' })
    const headers = { 'content-type': 'application/json' }
    expect((await fetch(`${url}/signup`, { method: 'POST', body, headers })).status).toBe(201)
    const out = await server.saying('POST /v1/signup 201')
    expect(out).toMatch(/^\d\d:\d\d:\d\d user {5}created {2}userId …\w{8}/m)
    expect(out).not.toContain('a long and rare phrase')
  })

  test('a port in use is named with its setting and its flag, and there is no stack', async () => {
    const { port, close } = await usedPort()
    const { code, err } = await sallyport(['dev', '--port', String(port)]).ended
    close()
    expect(code).toBe(1)
    expect(err).toContain(`port ${port} is in use by another program (the setting \`port\`)`)
    expect(err).toContain(`--port ${port + 1}`)
    expect(err).not.toContain('    at ')
  })

  test('a data directory that cannot be written is named', async () => {
    writeFileSync(join(directory, 'file'), '')
    const { code, err } = await sallyport(['dev', '--port', '0', '--data-dir', 'file/data']).ended
    expect(code).toBe(1)
    expect(err).toContain(`${join(directory, 'file')}`)
    expect(err).not.toContain('    at ')
  })

  test('a database of a newer program is refused in a sentence', async () => {
    mkdirSync(join(directory, '.sallyport'))
    await migrateBeyond(join(directory, '.sallyport'))
    const { code, err } = await sallyport(['dev', '--port', '0']).ended
    expect(code).toBe(1)
    expect(err).toContain('the database has schema 9999')
    expect(err).not.toContain('    at ')
  })

  test.each(['0.0.0.0', '::', '192.0.2.1'])('it does not listen on %s', async (host) => {
    const { code, err } = await sallyport(['dev', '--host', host]).ended
    expect([code, err]).toEqual([1, expect.stringContaining(`host is ${host}`)])
  })
})

describe('a wrong setting stops the start', () => {
  test.each([
    [['--prot', '1'], {}, 2, '--prot: is no setting; did you mean --port?'],
    [['--port', 'x'], {}, 2, '--port: port is x, expected a whole number from 0 to 65535'],
    [[], { SALLYPORT_PRT: '1' }, 1, 'SALLYPORT_PRT: is no setting; did you mean SALLYPORT_PORT?'],
    [['--config', 'none.yaml'], {}, 1, 'none.yaml: cannot be read (it does not exist)'],
  ])('%j %j ends with %i', async (flags, env, code, says) => {
    for (const command of ['dev', 'serve', 'config', 'migrate']) {
      const ended = await sallyport([command, ...flags], env).ended
      expect([ended.code, ended.out], command).toEqual([code, ''])
      expect(ended.err).toContain(says)
    }
  })
})

test('two contracts that want one path are named, and nothing else is said', async () => {
  const { code, err } = await sallyport(['dev', '--contracts', 'com3014,actix-demo', '--port', '0']).ended
  expect(code).toBe(1)
  expect(err).toMatch(
    /^sallyport: contracts "com3014" and "actix-demo" both serve POST \/auth\/login\n→ [^\n]+\n$/,
  )
})

test('a contract that there is not is named beside those that there are', async () => {
  const { code, err } = await sallyport(['dev', '--contract', 'com3015', '--port', '0']).ended
  expect(code).toBe(1)
  expect(err).toMatch(/^sallyport: there is no contract called com3015; there are login-jwt, .*com3014/)
})

describe('sallyport serve', () => {
  test.each([
    ['no secret', {}, 'no master secret is set', 'openssl rand -hex 32'],
    [
      'a published secret',
      { SALLYPORT_SECRET: 'your-256-bit-secret' },
      'publicly known',
      'openssl rand -hex 32',
    ],
    ['a weak secret', { SALLYPORT_SECRET: 'ab'.repeat(32) }, 'few different bytes', 'openssl rand -hex 32'],
    [
      'a plain issuer',
      { ...secret(), SALLYPORT_ISSUER: 'http://a.example' },
      'only https',
      'https://a.example',
    ],
    ['pending migrations', secret(), 'migration', 'sallyport migrate'],
    [
      'a development setting',
      { ...secret(), SALLYPORT_TESTING__CLOCK: 'true' },
      'for development only',
      'sallyport config',
    ],
  ])('refuses %s and says what mends it', async (_, env, says, next) => {
    const { code, out, err } = await sallyport(['serve', '--port', '0'], env).ended
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain(says)
    expect(err.slice(err.indexOf('→'))).toContain(next)
  })

  test('after migrate it serves, logs JSON to stdout and drains on SIGTERM', async () => {
    const env = secret()
    const dry = await sallyport(['migrate', '--dry-run'], env).ended
    expect(dry.out).toMatch(/^pending {2}1 {2}core\n {4}CREATE TABLE "users" \(.*;\n/)
    const steps = dry.out.split('\n').filter((line) => !line.startsWith('    '))
    const applied = steps.join('\n').replaceAll('pending', 'applied')
    expect((await sallyport(['migrate'], env).ended).out).toBe(applied)
    expect(await sallyport(['migrate'], env).ended).toMatchObject({ code: 0, out: '' })
    const server = sallyport(['serve', '--port', '0'], env)
    const line = JSON.parse(/.*"listening".*/.exec(await server.saying('listening'))![0])
    expect((await fetch(`http://localhost:${line.port}/readyz`)).status).toBe(200)
    server.child.kill('SIGTERM')
    const { code, out, err } = await server.ended
    expect([code, err]).toEqual([0, ''])
    for (const text of out.trim().split('\n')) expect(JSON.parse(text)).toHaveProperty('time')
  })

  test('a second signal ends it at once', async () => {
    const env = secret()
    await sallyport(['migrate'], env).ended
    const server = sallyport(['serve', '--port', '0'], env)
    const { port } = JSON.parse(/.*"listening".*/.exec(await server.saying('listening'))![0])
    const slow = fetch(`http://localhost:${port}/v1/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('{')) }),
      duplex: 'half',
    } as RequestInit)
    slow.catch(() => {})
    await fetch(`http://localhost:${port}/healthz`)
    server.child.kill('SIGTERM')
    await server.saying('finishing what is under way')
    server.child.kill('SIGINT')
    expect((await server.ended).signal).toBe('SIGINT')
  })
})

describe('the command line', () => {
  test('the version is that of package.json', async () => {
    const manifest = new URL('../../package.json', import.meta.url)
    expect(JSON.parse(readFileSync(manifest, 'utf8')).version).toBe(version)
    expect(await sallyport(['--version']).ended).toMatchObject({ code: 0, out: `${version}\n`, err: '' })
  })

  test('help is data when it was asked for, and talk when it was not', async () => {
    const asked = await sallyport(['--help']).ended
    expect(asked).toMatchObject({ code: 0, err: '' })
    for (const command of ['dev', 'serve', 'migrate', 'config']) expect(asked.out).toContain(`  ${command} `)
    expect(await sallyport([]).ended).toMatchObject({ code: 2, out: '' })
    expect(await sallyport(['srve']).ended).toMatchObject({ code: 2, out: '' })
  })

  test('config lists every setting with its source, and no secret', async () => {
    const env = { ...secret(), SALLYPORT_PORT: '4402' }
    const { code, out } = await sallyport(['config', '--access-token.ttl', '10m'], env).ended
    expect(code).toBe(0)
    expect(out).toMatch(/^port +4402 +SALLYPORT_PORT$/m)
    expect(out).toMatch(/^access_token\.ttl +10m +--access-token\.ttl$/m)
    expect(out).toMatch(/^secret +\(hidden\) +SALLYPORT_SECRET$/m)
    expect(out).not.toContain(env.SALLYPORT_SECRET)
    const rows = JSON.parse((await sallyport(['config', '--json'], env).ended).out)
    expect(rows.find(({ name }: { name: string }) => name === 'port')).toMatchObject({
      value: '4402',
      source: 'environment',
      variable: 'SALLYPORT_PORT',
      default: '4400',
    })
    expect(rows).toHaveLength(out.trim().split('\n').length)
  })
})

describe('the bundle that is published', () => {
  const bin = fileURLToPath(new URL('../../bin/sallyport.mjs', import.meta.url))
  const signUp = (url: string, password: string) =>
    fetch(`${url}/v1/signup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'ada@example.test', password }),
    }).then(({ status }) => status)

  test('has its workers and its data files: it hashes, refuses a common password and writes', async () => {
    const env = secret()
    expect(await sallyport(['migrate'], env, bin).ended).toMatchObject({ code: 0, err: '' })
    const server = sallyport(['serve', '--port', '0'], env, bin)
    const { port } = JSON.parse(/.*"listening".*/.exec(await server.saying('listening'))![0])
    const url = `http://localhost:${port}`
    expect(await signUp(url, 'password123')).toBe(422)
    expect(await signUp(url, 'a long and rare phrase 7')).toBe(201)
    server.child.kill('SIGTERM')
    expect(await server.ended).toMatchObject({ code: 0, err: '' })
  })
})

/** Brings a database to what a later version would make of it. */
async function migrateBeyond(data: string): Promise<void> {
  const env = { SALLYPORT_DATA_DIR: data }
  const { settings } = await loadSettings({ declared: processSettings, mode: 'development', env })
  const engine = await openEngine(settings)
  await engine.migrate([...migrations, { number: 9999, name: 'later', steps: [] }])
  await engine.close()
}
