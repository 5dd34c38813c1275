// Sessions and codes that are to live in Redis from now on, or in the database again: what ended once never lives again,
// whichever way the settings are changed, and no two servers of one database look for them in different places.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newest } from '../testing/mailed.js'
import { type Home, makeHome } from '../testing/program.js'
import { missing, removeKeys, sharedRedis } from '../testing/redis.js'
import { openSallyport, type Sallyport, type SignedUp } from '../testing/sallyport.js'
import { told } from '../testing/told.js'
import { shiftedClock } from '../util/clock.js'
import { openForeign } from './database.js'

type Settings = Record<string, string>

const inDatabase: Settings = {}
const inRedis: Settings = { 'ephemeral-sessions': 'true', 'ephemeral-codes': 'true' }
const codesInRedis: Settings = { 'ephemeral-codes': 'true' }
/** The same Redis, as another host to whoever reads the setting. */
const renamed = sharedRedis.includes('127.0.0.1')
  ? sharedRedis.replace('127.0.0.1', 'localhost')
  : sharedRedis.replace('localhost', '127.0.0.1')

let console: Home
let secret: Buffer
let prefix: string
let servers: Sallyport[] = []

beforeEach(() => {
  console = makeHome()
  secret = randomBytes(32)
  prefix = `sallyport-test-${randomBytes(8).toString('hex')}:`
})
afterEach(async () => {
  await stopAll()
  await console.remove()
  await removeKeys(prefix)
})

const database = () => `sqlite:${join(console.directory, 'sallyport.db')}`
const all = (settings: Settings): Settings => ({
  'database-url': database(),
  'ephemeral-url': sharedRedis,
  'ephemeral-prefix': prefix,
  ...settings,
})

async function start(settings: Settings): Promise<Sallyport> {
  const server = await openSallyport({
    settings: all(settings),
    secret: { current: secret },
    clock: shiftedClock(),
  })
  servers.push(server)
  return server
}

async function stopAll(): Promise<void> {
  for (const server of servers) await server.close()
  servers = []
}

/** Why no server starts with these settings. */
const refusal = (settings: Settings): Promise<string> =>
  start(settings).then(
    () => 'it started',
    (error: Error) => error.message,
  )

const command = (words: string[], settings: Settings) =>
  console.run([...words, ...Object.entries(all(settings)).map(([name, value]) => `--${name}=${value}`)], {
    SALLYPORT_SECRET: secret.toString('base64url'),
  })

/** Stops every server, changes the place and starts one there. */
async function goTo(settings: Settings, ...more: string[]): Promise<Sallyport> {
  await stopAll()
  expect(await command(['relocate', '--yes', ...more], settings)).toMatchObject({ code: 0 })
  return start(settings)
}

const refresh = async (server: Sallyport, { refresh_token }: Pick<SignedUp, 'refresh_token'>) =>
  server.browser().post('/v1/refresh', { refresh_token })
const verify = async (server: Sallyport, email: string, code: string) =>
  told(await server.browser().post('/v1/email/verify', { email, code }))
const codeTo = async (server: Sallyport, email: string) => (await newest(server, email)).code

// skipped: testing/redis.ts says why no Redis is there, and fails in CI
describe.skipIf(missing !== undefined)('where sessions and codes live', () => {
  it('is known to the database: a server that is told otherwise says so, and the others go on', async () => {
    const first = await start(inDatabase)
    const who = await first.signUp()
    const says = `sessions live in the database, and by the settings of this process at ${new URL(sharedRedis).host}`
    expect(await refusal(inRedis)).toContain(says)
    expect(await refusal(codesInRedis)).toMatch(/^codes live in the database, /)
    // Nor does a command look for them where they are not.
    const ended = await command(['session', 'end', who.session_id], inRedis)
    expect([ended.code, ended.err]).toEqual([1, expect.stringContaining(says)])
    expect(ended.err).toContain('sallyport relocate')
    expect(told(await refresh(first, who))).toBe('200')
    const second = await start(inDatabase)
    expect(told(await second.as(who).post('/v1/logout', {}))).toBe('204')
  })

  it('can be changed to and fro, and what ended on the way does not live again', async () => {
    const before = await (await start(inDatabase)).signUp()
    const redis = await goTo(inRedis)
    expect(told(await refresh(redis, before))).toBe('401 session_ended')
    const { refresh_token } = before
    expect(told(await redis.browser().post('/v1/logout', { refresh_token }))).toBe('204')
    const there = await redis.signUp()
    expect(told(await refresh(redis, there))).toBe('200')
    await stopAll()
    expect(await refusal(inDatabase)).toContain(`sessions live at ${new URL(sharedRedis).host}`)
    const back = await goTo(inDatabase)
    for (const who of [before, there]) {
      expect(told(await refresh(back, who))).toBe('401 session_ended')
      expect((await back.as(who).get('/v1/me')).status).toBe(401)
    }
    const again = await goTo(inRedis)
    for (const who of [before, there]) expect(told(await refresh(again, who))).toBe('401 session_ended')
    const { email: identifier, password } = there
    const anew = await again.browser().post('/v1/login', { identifier, password })
    expect(told(await refresh(again, anew.json as SignedUp))).toBe('200')
  })

  it('ends sessions that are in a Redis out of reach, once it is back', async () => {
    const there = await (await start(inRedis)).signUp()
    // Under another prefix it is another Redis to the server, which knows nothing of the keys that it leaves.
    const elsewhere = { ...inRedis, 'ephemeral-prefix': `${prefix}other:` }
    await stopAll()
    expect(await refusal(elsewhere)).toContain(`sessions live at ${new URL(sharedRedis).host}`)
    await goTo(elsewhere)
    // As if the same: even then, what was left lives no more.
    const back = await goTo(inRedis, '--same')
    expect(told(await refresh(back, there))).toBe('401 session_ended')
  })

  it('of codes alone leaves sessions as they are, and no code of before is taken on either side', async () => {
    const first = await start(inDatabase)
    const who = await first.signUp()
    const code = await codeTo(first, who.email)
    const redis = await goTo(codesInRedis)
    const next = await refresh(redis, who)
    expect(told(next)).toBe('200')
    expect(await verify(redis, who.email, code)).toBe('401 code_invalid')
    const other = await redis.signUp()
    const left = await codeTo(redis, other.email)
    const back = await goTo(inDatabase)
    expect(await verify(back, who.email, code)).toBe('401 code_invalid')
    const again = await goTo(codesInRedis)
    expect(await verify(again, other.email, left)).toBe('401 code_invalid')
    expect(told(await refresh(again, next.json as SignedUp))).toBe('200')
    expect(told(await refresh(again, other))).toBe('200')
  })

  it('changes under a server that still runs: it takes no more writes and is not ready', async () => {
    const left = await start(inDatabase)
    const { email: identifier, password } = await left.signUp()
    expect(await command(['relocate', '--yes'], inRedis)).toMatchObject({ code: 0 })
    const login = async (server: Sallyport) =>
      told(await server.browser().post('/v1/login', { identifier, password }))
    await expect.poll(() => login(left), { timeout: 5000 }).toBe('503 store_unavailable')
    expect((await left.browser().get('/readyz')).status).toBe(503)
    expect(await login(await start(inRedis))).toBe('200')
  })

  // skipped: a Redis on another machine has one name only
  it.skipIf(renamed === sharedRedis)(
    'is the same under another name of one Redis where that is said, and nobody is logged out',
    async () => {
      const who = await (await start(inRedis)).signUp()
      await stopAll()
      const other = { ...inRedis, 'ephemeral-url': renamed }
      expect(await refusal(other)).toContain(`sessions live at ${new URL(sharedRedis).host}`)
      const server = await goTo(other, '--same')
      expect(told(await refresh(server, who))).toBe('200')
      await stopAll()
      const { code, err } = await command(['relocate', '--yes', '--same'], inDatabase)
      expect([code, err]).toEqual([1, expect.stringContaining('it is not the same place: sessions live at')])
      expect(await refusal(other)).toBe('it started')
    },
  )

  it('does not change where the Redis that was named is away, and can be told again after a kill', async () => {
    const who = await (await start(inDatabase)).signUp()
    await stopAll()
    const away = await command(['relocate', '--yes'], { ...inRedis, 'ephemeral-url': 'redis://127.0.0.1:1' })
    expect([away.code, away.err]).toEqual([1, expect.stringMatching(/^sallyport: Redis at 127\.0\.0\.1:1: /)])
    const next = await refresh(await start(inDatabase), who)
    expect(told(next)).toBe('200')
    await stopAll()
    // As one leaves it that was killed before its end.
    const file = await openForeign(join(console.directory, 'sallyport.db'))
    file.exec("UPDATE holds SET state = 'emptying' WHERE id = 'sessions'")
    file.close()
    expect(await refusal(inDatabase)).toBe('a change of where sessions live has not finished')
    const server = await goTo(inDatabase)
    expect(told(await refresh(server, next.json as SignedUp))).toBe('401 session_ended')
  })

  it('goes along when the database is moved, and a restore takes it from the settings', async () => {
    const who = await (await start(inRedis)).signUp()
    await stopAll()
    const target = { 'database-url': `sqlite:${join(console.directory, 'target.db')}` }
    const moved = await command(['move', '--yes', '--to', target['database-url']], inRedis)
    expect(moved).toMatchObject({ code: 0 })
    expect(await refusal({ ...inDatabase, ...target })).toContain('sessions live at')
    const server = await start({ ...inRedis, ...target })
    const next = await refresh(server, who)
    expect(told(next)).toBe('200')
    await stopAll()
    expect(await command(['restore', '--after', '--yes'], { ...inDatabase, ...target })).toMatchObject({
      code: 0,
    })
    const restored = await start({ ...inDatabase, ...target })
    expect(told(await refresh(restored, next.json as SignedUp))).toBe('401 session_ended')
  })

  it('is noted in the audit log when it changes, and nothing is done where all is as it should be', async () => {
    await (await start(inDatabase)).signUp()
    await stopAll()
    const place = `at ${new URL(sharedRedis).host}/0 under ${prefix}`
    const done = await command(['relocate', '--yes', '--json'], inRedis)
    const places = { sessions: place, codes: place }
    expect(JSON.parse(done.out)).toEqual({ places, sessions_ended: 1 })
    const again = await command(['relocate', '--yes', '--json'], inRedis)
    expect(JSON.parse(again.out)).toEqual({ places: {}, sessions_ended: 0 })
    const { out } = await command(['audit', 'export', '--event', 'database.relocated'], inRedis)
    const details = { ...places, sessionsEnded: 1 }
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([expect.objectContaining({ actor: 'operator', details })])
  })
})
