// A database that its own tools copy while a server is used, and put back as the docs say: what was ended since stays ended.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missing as mysql, testDatabase } from '../testing/mysql.js'
import { administer, base, missing as postgres } from '../testing/postgres.js'
import { type Home as Console, makeHome as makeConsole } from '../testing/program.js'
import { type Client, createClient } from './client.js'
import { type Device, devicesOf, refresh, useAll } from './devices.js'
import { type Running, startServer, stopServer, unlimited, watchServers } from './process.js'
import { type Home, makeHome } from './seed.js'

watchServers()

const folders = (process.env.PATH ?? '').split(':')

/** Why a tool is not there; undefined where it is. */
function without(...tools: string[]): string | undefined {
  const lacking = tools.find((tool) => !folders.some((folder) => existsSync(join(folder, tool))))
  if (lacking === undefined) return undefined
  if (process.env.CI) throw new Error(`${lacking} is not installed`)
  return `${lacking} is not installed`
}

/** Runs a tool with files for its input and output. */
async function run(file: string, words: readonly string[], files: { in?: string; out?: string } = {}) {
  const [input, output] = [files.in && openSync(files.in, 'r'), files.out && openSync(files.out, 'w', 0o600)]
  const child = spawn(file, words, { stdio: [input || 'ignore', output || 'ignore', 'pipe'] })
  let said = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const [code] = await once(child, 'close')
  for (const open of [input, output]) if (open) closeSync(open)
  if (code !== 0) throw new Error(`${file} ended with ${code}: ${said}`)
}

/** An empty database of PostgreSQL's, which `pg_dump` takes whole. */
async function postgresDatabase() {
  const name = `sallyport_dump_${randomBytes(6).toString('hex')}`
  await administer(`CREATE DATABASE ${name} ENCODING 'UTF8' TEMPLATE template0`)
  const url = new URL(base)
  url.pathname = `/${name}`
  return { url: url.href, drop: async () => void (await administer(`DROP DATABASE ${name} WITH (FORCE)`)) }
}

/** What the tools of MariaDB are told of where to go. */
const at = (url: string) => {
  const { hostname, port, username, password, pathname } = new URL(url)
  return {
    server: [
      `--host=${hostname}`,
      `--port=${port || 3306}`,
      `--user=${username}`,
      ...(password ? [`--password=${decodeURIComponent(password)}`] : []),
    ],
    database: pathname.slice(1),
  }
}

const places = [
  {
    name: 'PostgreSQL, by pg_dump and pg_restore',
    missing: postgres ?? without('pg_dump', 'pg_restore'),
    make: postgresDatabase,
    dump: (url: string, file: string) => run('pg_dump', ['--format=custom', `--file=${file}`, url]),
    restore: (url: string, file: string) =>
      run('pg_restore', ['--clean', '--if-exists', `--dbname=${url}`, file]),
  },
  {
    name: 'MariaDB, by mariadb-dump and mariadb',
    missing: mysql ?? without('mariadb-dump', 'mariadb'),
    make: testDatabase,
    dump: (url: string, out: string) =>
      run('mariadb-dump', [...at(url).server, '--single-transaction', at(url).database], { out }),
    restore: (url: string, file: string) =>
      run('mariadb', [...at(url).server, at(url).database], { in: file }),
  },
]

for (const { name, missing, make, dump, restore } of places) {
  // skipped: where no server of the database answers, or its tools are not installed; the reason is in the name or printed
  describe.skipIf(missing !== undefined)(`a copy of ${name}`, () => {
    let database: Awaited<ReturnType<typeof make>>
    let home: Home
    let console: Console
    let env: Record<string, string>
    let devices: Device[]
    let file: string

    beforeAll(async () => {
      database = await make()
      home = await makeHome({ url: database.url, people: 2, sessionsEach: 2 })
      console = makeConsole()
      env = {
        SALLYPORT_SECRET: home.secret.toString('base64url'),
        SALLYPORT_DATA_DIR: home.dataDir,
        SALLYPORT_DATABASE_URL: database.url,
      }
      devices = devicesOf(home)
      file = join(console.directory, 'sallyport.dump')
    })
    afterAll(async () => {
      await console?.remove()
      home?.remove()
      await database.drop()
    })

    async function withServer(url: string, work: (client: Client, server: Running) => Promise<void>) {
      const server = await startServer(home, { flags: { ...unlimited, 'database-url': url } })
      const client = createClient(server.port)
      await work(client, server)
      client.close()
      await stopServer(server)
    }

    const later = { identifier: 'later@example.com', password: 'a bell under the sea' }

    /** What has to hold once a copy was put back and settled: accounts live, and nothing of before opens a door. */
    async function expectSettled(url: string, newest: readonly Device[]): Promise<void> {
      const on = { ...env, SALLYPORT_DATABASE_URL: url }
      for (const ended of [4, 0]) {
        const after = await console.run(['restore', '--after', '--yes'], on)
        expect([after.code, after.out]).toEqual([0, `sessions ended ${ended}\n`])
      }
      await withServer(url, async (client) => {
        const tokens = [
          ...newest.map(({ token }) => token),
          ...home.people.flatMap((person) => person.tokens),
        ]
        for (const refresh_token of tokens)
          expect(await client.post('/v1/refresh', { refresh_token })).toMatchObject({ status: 401 })
        for (const { access } of newest)
          expect(await client.get('/v1/me', access)).toMatchObject({ status: 401 })
        expect(await client.post('/v1/login', later)).toMatchObject({ status: 401 })
        const { email: identifier, password } = home.people[1]!
        const entered = await client.post('/v1/login', { identifier, password })
        expect(entered).toMatchObject({ status: 200 })
        const answer = await client.post('/v1/refresh', { refresh_token: entered.json.refresh_token })
        expect(answer).toMatchObject({ status: 200 })
      })
      const audited = await console.run(['audit', 'verify'], on)
      expect([audited.code, audited.out]).toEqual([0, expect.stringMatching(/^intact/)])
      expect(await console.run(['doctor'], on)).toMatchObject({ code: 0 })
    }

    it('that is made while a server is used is put back over what came after it, and nobody is let in by it', async () => {
      await withServer(database.url, async (client) => {
        const stop = useAll(client, devices)
        await dump(database.url, file)
        await stop()
        const { token, access } = devices[3]!
        expect(await client.post('/v1/logout', { refresh_token: token })).toMatchObject({ status: 204 })
        expect(await client.get('/v1/me', access)).toMatchObject({ status: 401 })
        const { identifier: email, password } = later
        expect(await client.post('/v1/signup', { email, password })).toMatchObject({ status: 201 })
        for (const device of devices.slice(0, 3))
          expect(await refresh(client, device)).toMatchObject({ status: 200 })
      })
      await restore(database.url, file)
      await expectSettled(database.url, devices)
    })

    it('makes a whole Sallyport of an empty database', async () => {
      const other = await make()
      await restore(other.url, file)
      await expectSettled(other.url, devices)
      await other.drop()
    })
  })
}
