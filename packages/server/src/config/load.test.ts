import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { boolean, custom, duration, integer, list, text } from '../util/setting.js'
import { ConfigError } from './errors.js'
import { type LoadOptions, loadSettings } from './load.js'

const port = integer('port', 4400, { doc: 'Port.', min: 0, max: 65535 })
const ttl = duration('access_token.ttl', '5m', { doc: 'Lifetime.', min: '1s', max: '15m' })
const origins = list('origins', [], { doc: 'Origins.' })
const secret = text('secret', undefined, { doc: 'Secret.', secret: true })
const clock = boolean('testing.clock', false, { doc: 'Clock.', developmentOnly: true })
const keyFile = text('keys.file', undefined, { doc: 'Key.' })
const isObject = (raw: unknown) => (typeof raw === 'object' && raw !== null ? raw : undefined)
const argon2 = custom<object>('password.argon2', {}, '', 'an object', { doc: 'Costs.' }, isObject)
const declared = [port, ttl, origins, secret, clock, keyFile, argon2]

const directory = mkdtempSync(join(tmpdir(), 'sallyport-config-'))
afterAll(() => rmSync(directory, { recursive: true }))
let files = 0

function fileOf(content: string): string {
  const path = join(directory, `${files++}.yaml`)
  writeFileSync(path, content)
  return path
}

const load = (options: Partial<LoadOptions>) => loadSettings({ declared, mode: 'development', ...options })

async function problems(options: Partial<LoadOptions>): Promise<string> {
  const error = await load(options).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ConfigError)
  return (error as ConfigError).message
}

describe('where a value comes from', () => {
  test('nothing configured gives the defaults', async () => {
    const { settings, origins: from } = await load({})
    expect(settings.get(port)).toBe(4400)
    expect(settings.get(secret)).toBeUndefined()
    expect(from.get('port')).toEqual({ source: 'default', where: 'default', shown: '4400' })
  })

  test('a flag beats the environment, which beats the file, which beats the default', async () => {
    const file = fileOf('port: 1\naccess_token: { ttl: 1m }\norigins: [https://file.example]\n')
    const env = { SALLYPORT_PORT: '2', SALLYPORT_ACCESS_TOKEN__TTL: '2m' }
    const { settings, origins: from } = await load({ file, env, flags: ['--port', '3'] })
    expect(settings.get(port)).toBe(3)
    expect(settings.get(ttl)).toBe(120_000)
    expect(settings.get(origins)).toEqual(['https://file.example'])
    expect(from.get('port')).toEqual({ source: 'flag', where: '--port', shown: '3' })
    expect(from.get('access_token.ttl')).toMatchObject({ source: 'environment', shown: '2m' })
    expect(from.get('origins')).toMatchObject({ source: 'file', where: `${file}:3:10` })
  })

  test.each([
    ['nested', 'access_token:\n  ttl: 90\n'],
    ['dotted', 'access_token.ttl: 90s\n'],
    ['half and half', 'access_token: { "ttl": 1.5m }\n'],
  ])('a name in the file may be %s', async (_, content) => {
    const { settings } = await load({ file: fileOf(content) })
    expect(settings.get(ttl)).toBe(90_000)
  })

  test.each([
    ['', 4400],
    ['# nothing but a comment\n', 4400],
    ['\ufeffport: 7\n', 7],
  ])(
    'an empty file is a file without settings, and a byte order mark is nothing: %j',
    async (content, value) => {
      expect((await load({ file: fileOf(content) })).settings.get(port)).toBe(value)
    },
  )

  test.each([[['--access-token.ttl', '10m']], [['--access_token.ttl=10m']], [['--ACCESS-TOKEN.TTL', '600']]])(
    'a flag may be written %j',
    async (flags) => {
      expect((await load({ flags })).settings.get(ttl)).toBe(600_000)
    },
  )

  test('a flag without a value is true, before another flag and at the end', async () => {
    const { settings } = await load({ flags: ['--testing.clock', '--port', '9'] })
    expect([settings.get(clock), settings.get(port)]).toEqual([true, 9])
    expect((await load({ flags: ['--testing.clock'] })).settings.get(clock)).toBe(true)
    expect((await load({ flags: ['--testing.clock=false'] })).settings.get(clock)).toBe(false)
  })

  test('lists and objects may be JSON in the environment and in flags', async () => {
    const env = { SALLYPORT_ORIGINS: '["https://a.example"]', SALLYPORT_PASSWORD__ARGON2: '{"memory": 4096}' }
    const { settings } = await load({ env })
    expect(settings.get(origins)).toEqual(['https://a.example'])
    expect(settings.get(argon2)).toEqual({ memory: 4096 })
    const flags = ['--origins', 'https://a.example, https://b.example']
    expect((await load({ flags })).settings.get(origins)).toHaveLength(2)
  })

  test('_FILE reads any value from a file and drops its closing newline only', async () => {
    const env = {
      SALLYPORT_SECRET_FILE: fileOf(' s3cret \n'),
      SALLYPORT_KEYS__FILE_FILE: fileOf('key.pem\r\n'),
    }
    const { settings, origins: from } = await load({ env })
    expect(settings.get(secret)).toBe(' s3cret ')
    expect(settings.get(keyFile)).toBe('key.pem')
    expect(from.get('secret')?.shown).toBe('(hidden)')
    const flags = ['--secret-file', env.SALLYPORT_SECRET_FILE]
    expect((await load({ flags })).settings.get(secret)).toBe(' s3cret ')
  })

  test('a variable that ends in FILE by its own name is that setting', async () => {
    expect((await load({ env: { SALLYPORT_KEYS__FILE: '/x.pem' } })).settings.get(keyFile)).toBe('/x.pem')
  })

  test('variables of others are left alone', async () => {
    const env = { PORT: '1', SALLYPORTPORT: '2', MY_SALLYPORT_PORT: '3', sallyport_port: '4' }
    expect((await load({ env })).settings.get(port)).toBe(4400)
  })

  test('asking for a setting that was never declared is a bug and says so', async () => {
    const { settings } = await load({ declared: [port] })
    expect(() => settings.get(ttl)).toThrow('access_token.ttl was never declared')
  })
})

describe('what stops the start', () => {
  test('every problem of every source is told at once', async () => {
    const file = fileOf('port: many\ntypo: 1\n')
    const said = await problems({
      file,
      env: { SALLYPORT_ORIGINS: '[' },
      flags: ['--access-token.ttl', '99d'],
    })
    expect(said).toContain('4 settings are wrong')
    expect(said).toContain(`${file}:1:7: port is many, expected a whole number from 0 to 65535`)
    expect(said).toContain(`${file}:2:1: typo is no setting`)
    expect(said).toContain('SALLYPORT_ORIGINS: origins is [, expected a list')
    expect(said).toContain('--access-token.ttl: access_token.ttl is 99d, expected a duration')
  })

  test('a wrong value counts even where a stronger source overrides it', async () => {
    expect(await problems({ env: { SALLYPORT_PORT: 'x' }, flags: ['--port', '1'] })).toContain('port is x')
  })

  test.each([
    ['acces_token.ttl: 1m', 'did you mean access_token.ttl?'],
    ['access_token: { tll: 1m }', 'access_token.tll is no setting; did you mean access_token.ttl?'],
    ['prot: 1', 'did you mean port?'],
    ['__proto__: { port: 1 }', '__proto__ is no setting'],
    ['constructor: 1', 'constructor is no setting'],
    ['password.argon2: { "__proto__": { x: 1 } }', 'has a member called __proto__'],
    ['port: 1\nport: 2', ':2:1: is not YAML as expected: Map keys must be unique'],
    ['port: 1\n"port": 2', 'Map keys must be unique'],
    ['access_token: { ttl: 1m }\naccess_token.ttl: 2m', 'access_token.ttl is already set at'],
    ['access_token: 5', 'access_token holds settings, such as access_token.ttl, and no value of its own'],
    ['access_token:', 'access_token holds settings'],
    ['port:', 'port is nothing, expected a whole number'],
    ['port: { a: 1 }', 'port is {"a":1}, expected'],
    ['port: [', 'is not YAML as expected'],
    ['- port', 'must hold settings'],
    ['just text', 'must hold settings'],
    ['? [a, b]\n: 1', 'a name must be plain text'],
    ['port: !!js/function "x"', 'is not YAML as expected'],
    ['port: 1\n---\nport: 2', 'is not YAML as expected'],
    ['<<: { port: 1 }', '<< is no setting'],
  ])('the file %j', async (content, says) => {
    expect(await problems({ file: fileOf(content) })).toContain(says)
    expect(({} as { port?: number }).port).toBeUndefined()
  })

  test('a file of aliases that would fill the memory is refused', async () => {
    const levels = Array.from({ length: 9 }, (_, i) => `&l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`)
    const bomb = `password.argon2: [&l0 [x], ${levels.join(', ')}]\n`
    expect(await problems({ file: fileOf(bomb) })).toContain('too many aliases')
  })

  test.each([
    ['SALLYPORT_PROT', '1', 'did you mean SALLYPORT_PORT?'],
    ['SALLYPORT_ACCESS_TOKEN_TTL', '1m', 'did you mean SALLYPORT_ACCESS_TOKEN__TTL?'],
    ['SALLYPORT_port', '1', 'did you mean SALLYPORT_PORT?'],
    ['SALLYPORT_', '1', 'is no setting'],
    ['SALLYPORT_PORT', '', 'port is nothing'],
    ['SALLYPORT_PORT_FILE', '/nowhere/port', 'the file /nowhere/port cannot be read (it does not exist)'],
    ['SALLYPORT_PORT_FILE', tmpdir(), 'it is a directory'],
    ['SALLYPORT_SERVICE_HOST', '10.0.0.1', 'enableServiceLinks: false'],
    ['SALLYPORT_PORT_4400_TCP', 'tcp://10.0.0.1:4400', 'enableServiceLinks: false'],
  ])('the variable %s=%s', async (variable, value, says) => {
    const said = await problems({ env: { [variable]: value } })
    expect(said).toContain(`${variable}: `)
    expect(said).toContain(says)
  })

  test('a value and its _FILE together', async () => {
    const env = { SALLYPORT_SECRET: 'a', SALLYPORT_SECRET_FILE: fileOf('b') }
    expect(await problems({ env })).toContain('secret is already set by SALLYPORT_SECRET')
  })

  test.each([
    [['--prot', '1'], '--prot: is no setting; did you mean --port?'],
    [['--port'], '--port: port is no value, expected a whole number'],
    [['--port', '1', '--port', '2'], '--port: is given twice'],
    [['4401'], '4401: is not expected here'],
    [['-p', '1'], '-p: is not expected here'],
    [['--secret', 'x'], 'use --secret-file or SALLYPORT_SECRET'],
    [['--secret-file'], 'the path of a file is missing'],
    [['--secret-file', '/nowhere'], 'the file /nowhere cannot be read'],
  ])('the flags %j', async (flags, says) => {
    expect(await problems({ flags })).toContain(says)
  })

  test('a file that was asked for must be there, the usual one need not', async () => {
    expect(await problems({ file: '/nowhere/s.yaml' })).toContain(
      '/nowhere/s.yaml: cannot be read (it does not exist)',
    )
    await expect(load({})).resolves.toBeDefined()
  })

  test.each([
    [{ file: fileOf('testing: { clock: false }') }],
    [{ env: { SALLYPORT_TESTING__CLOCK: 'true' } }],
    [{ flags: ['--testing.clock'] }],
  ])('a setting for development, in production, whatever its value', async (source) => {
    expect(await problems({ ...source, mode: 'production' })).toContain(
      'testing.clock is for development only',
    )
    await expect(load(source)).resolves.toBeDefined()
  })
})

describe('what no message shows', () => {
  const hidden = 'hunter2-hunter2'

  test.each([
    ['a wrong secret', `secret: [${hidden}]`],
    ['the value of an unknown name', `secert: ${hidden}`],
    ['a line that is no YAML', `secret: "a" ${hidden}: x`],
    ['an unfinished line', `secret: "${hidden}`],
  ])('%s', async (_, content) => {
    expect(await problems({ file: fileOf(content) })).not.toContain(hidden)
  })

  test('the value of an unknown variable or flag', async () => {
    const said = await problems({ env: { SALLYPORT_SECERT: hidden }, flags: [`--secert=${hidden}`] })
    expect(said).not.toContain(hidden)
  })

  test('the password inside a URL', async () => {
    const said = await problems({ env: { SALLYPORT_PORT: `postgres://ada:${hidden}@db/x` } })
    expect(said).toContain('postgres://…@db/x')
  })
})
