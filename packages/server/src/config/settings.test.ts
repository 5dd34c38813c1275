import { expect, test } from 'vitest'
import { loadSettings } from './load.js'
import { settingRows, valueRows } from './rows.js'
import {
  checkIssuer,
  checkLoopback,
  databaseUrl,
  ephemeralOf,
  isEmbedded,
  issuerOf,
  processSettings,
  shownDatabase,
} from './settings.js'

const load = (env: Record<string, string>) =>
  loadSettings({ declared: processSettings, mode: 'production', env })

test('the issuer of a server without one is itself on localhost', async () => {
  expect(issuerOf((await load({ SALLYPORT_PORT: '4401' })).settings)).toBe('http://localhost:4401')
})

test.each([
  'https://auth.example.com',
  'https://example.com/auth',
  'http://[::1]:4400',
  'http://localhost:4400',
])('production takes the issuer %s', async (url) => {
  const { settings } = await load({ SALLYPORT_ISSUER: url })
  expect(() => checkIssuer(settings)).not.toThrow()
  expect(issuerOf(settings)).toBe(url)
})

test.each([
  'http://auth.example.com',
  'http://10.0.0.1',
  'http://localhost.example.com',
  'http://127.example.com',
])('production refuses the issuer %s, which anybody on the way can read', async (url) => {
  const { settings } = await load({ SALLYPORT_ISSUER: url })
  expect(() => checkIssuer(settings)).toThrow('only https')
})

test.each([
  'https://auth.example.com/',
  'https://auth.example.com?x=1',
  'https://auth.example.com#x',
  'https://ada:pw@auth.example.com',
  'https://AUTH.example.com',
  'https://auth.example.com:443',
  'https://auth.example.com/a/../b',
  'ftp://auth.example.com',
  'auth.example.com',
  'https://',
])('%s is no issuer: it has another spelling, or parts an issuer must not have', async (url) => {
  await expect(load({ SALLYPORT_ISSUER: url })).rejects.toThrow('issuer is')
})

test.each([
  ['localhost', true],
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['[::1]', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.168.1.4', false],
  ['localhost.example.com', false],
])('development on host %s: %s', async (value, allowed) => {
  const { settings } = await load({ SALLYPORT_HOST: value })
  if (allowed) expect(() => checkLoopback(settings)).not.toThrow()
  else expect(() => checkLoopback(settings)).toThrow('listens on this machine only')
})

test.each(['sqlite:data.db', 'sqlite:/var/lib/x.db', 'memory:'])(
  '%s is an embedded database',
  async (url) => {
    const { settings } = await load({ SALLYPORT_DATABASE_URL: url })
    expect(settings.get(databaseUrl)).toBe(url)
    expect(isEmbedded(settings)).toBe(true)
  },
)

test.each([
  'postgres://u:p%40@db.example/sallyport?sslmode=verify-full',
  'postgresql:///x?host=/run',
  'mysql://u:p%40@db.example/sallyport?sslmode=verify-full',
  'mariadb:///x?socket=/run/mysqld/mysqld.sock',
])('%s is a database that others share', async (url) => {
  const { settings } = await load({ SALLYPORT_DATABASE_URL: url })
  expect(settings.get(databaseUrl)).toBe(url)
  expect(isEmbedded(settings)).toBe(false)
})

test('a database is shown without its password, whatever stands in it', async () => {
  for (const password of ['secret', 'se@cret', 'se/cret', 'se:cr@e/t']) {
    const { settings, origins } = await load({
      SALLYPORT_DATABASE_URL: `postgres://me:${password}@db/x?sslmode=disable`,
    })
    expect(shownDatabase(settings)).toBe('postgres://db/x')
    expect(origins.get('database_url')!.shown).toBe('postgres://…@db/x?sslmode=disable')
  }
})

test.each(['sqlite:', 'mssql://x', 'data.db', 'postgres:', 'postgres://', 'mysql:x'])(
  '%s is no database',
  async (url) => {
    await expect(load({ SALLYPORT_DATABASE_URL: url })).rejects.toThrow('database_url')
  },
)

test('what is to live in Redis needs a Redis, whose password is not shown', async () => {
  const url = 'rediss://me:hush@cache.example:6380/2'
  const { settings, origins } = await load({ SALLYPORT_EPHEMERAL_URL: url })
  expect(ephemeralOf(settings)).toEqual({ url, prefix: 'sallyport:', sessions: false, codes: false })
  expect(origins.get('ephemeral_url')!.shown).toBe('rediss://…@cache.example:6380/2')
  expect(ephemeralOf((await load({})).settings)).toBeUndefined()
  for (const name of ['SESSIONS', 'CODES']) {
    const alone = await load({ [`SALLYPORT_EPHEMERAL_${name}`]: 'true' })
    expect(() => ephemeralOf(alone.settings)).toThrow(`ephemeral_${name.toLowerCase()} is on`)
  }
  for (const bad of ['redis:', 'http://x', 'memory:'])
    await expect(load({ SALLYPORT_EPHEMERAL_URL: bad })).rejects.toThrow('ephemeral_url')
})

test('every setting is a row of the manual with its variable, flag and default', () => {
  const rows = settingRows(processSettings)
  expect(rows.map(({ name }) => name)).toEqual(processSettings.map(({ name }) => name).sort())
  expect(rows.find(({ name }) => name === 'log.level')).toMatchObject({
    variable: 'SALLYPORT_LOG__LEVEL',
    flag: '--log.level',
    default: 'info',
  })
  for (const { doc, expected } of rows) expect(doc && expected).toBeTruthy()
})

test('the list of values never shows a secret', async () => {
  const rows = valueRows(await load({ SALLYPORT_SECRET: 'do-not-tell', SALLYPORT_PORT: '9' }))
  expect(JSON.stringify(rows)).not.toContain('do-not-tell')
  expect(rows.find(({ name }) => name === 'secret')?.value).toBe('(hidden)')
  expect(rows.find(({ name }) => name === 'port')).toEqual({
    name: 'port',
    value: '9',
    source: 'environment',
    where: 'SALLYPORT_PORT',
  })
})
