import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Client, createClient } from './client.js'
import { openForeign, readDatabase } from './database.js'
import { type Running, startServer, stopServer, watchServers } from './process.js'
import { type Home, makeHome } from './seed.js'

watchServers()

const secret = 'f00dcafe-secret-of-a-library'
/** Run in the server's process before the server itself: what libraries do on a bad day, at a signal. */
const badDay = `
const failure = (words) => Object.assign(new Error(words), { query: { password: '${secret}' } })
process.on('SIGUSR2', () => void Promise.reject(failure('nobody waits for me')))
process.on('SIGWINCH', () => setImmediate(() => { throw failure('nobody catches me') }))
`

/** Without it the log would begin with a warning. Nothing is sent here, so nobody need listen. */
const withMail = { 'smtp.host': '127.0.0.1', 'smtp.from': 'no-reply@notes.example' }

let home: Home
let server: Running
let client: Client
beforeEach(async () => {
  home = await makeHome({ people: 2 })
  const path = join(home.directory, 'bad-day.mjs')
  writeFileSync(path, badDay)
  const env = { NODE_OPTIONS: `--import=${pathToFileURL(path)}` }
  server = await startServer(home, { env, flags: withMail })
  client = createClient(server.port)
  return () => home.remove()
})
afterEach(() => client.close())

const refresh = (token: unknown) => client.post('/v1/refresh', { refresh_token: token })

it('a row that cannot be read is one internal error, told to nobody but the log, and others are served', async () => {
  const [broken, whole] = home.people
  const answer = await refresh(broken!.tokens[0])
  const bearer = answer.json.access_token as string
  const foreign = await openForeign(home.database)
  foreign.exec(`UPDATE users SET metadata = '{"${secret}' WHERE id = '${broken!.id}'`)
  foreign.close()

  const failed = await client.get('/v1/me', bearer)
  expect(failed).toMatchObject({ status: 500, json: { status: 500, code: 'internal' } })
  expect(failed.headers['content-type']).toBe('application/problem+json')
  expect(JSON.stringify(failed.json)).not.toMatch(/JSON|SyntaxError|secret|users|node:|\.js/)
  expect(await refresh(whole!.tokens[0])).toMatchObject({ status: 200 })

  const { password } = whole!
  const login = { identifier: broken!.email, password: `not ${password}` }
  expect(await client.post('/v1/login', login)).toMatchObject({ status: 500, json: { code: 'internal' } })
  expect(await stopServer(server)).toMatchObject({ code: 0 })
  const output = (await server.ended).output
  const lines = output.trim().split('\n')
  expect(lines).toHaveLength(2)
  for (const line of lines) {
    expect(JSON.parse(line)).toMatchObject({ level: 'error', code: 'internal', err: { type: 'SyntaxError' } })
    for (const hidden of [bearer, password, ...broken!.tokens, secret]) expect(line).not.toContain(hidden)
  }
  expect(lines.map((line) => JSON.parse(line).requestId)).toContain(failed.json.instance)
})

it('a rejection that nobody waits for is logged without what hangs on it, and the server goes on', async () => {
  server.signal('SIGUSR2')
  await expect.poll(server.output).toContain('a rejection that nobody waited for')
  expect(await refresh(home.people[0]!.tokens[0])).toMatchObject({ status: 200 })
  expect(await stopServer(server)).toMatchObject({ code: 0 })
  expect(server.output()).toContain('nobody waits for me')
  expect(server.output()).not.toContain(secret)
})

it('an exception that nobody catches ends the process with 1 and a line, and the next start has everything', async () => {
  const first = await refresh(home.people[0]!.tokens[0])
  expect(first).toMatchObject({ status: 200 })
  server.signal('SIGWINCH')
  const { code, output } = await server.ended
  expect(code).toBe(1)
  expect(JSON.parse(output)).toMatchObject({ level: 'fatal', err: { message: 'nobody catches me' } })
  expect(output).not.toContain(secret)

  server = await startServer(home, { port: server.port })
  const second = await refresh(first.json.refresh_token)
  expect(second).toMatchObject({ status: 200, json: { session_id: first.json.session_id } })
  expect(await stopServer(server)).toMatchObject({ code: 0 })
  expect((await readDatabase(home.database)).integrity).toBe('ok')
})
