import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { StartError } from './errors.js'
import { loadSettings } from './load.js'
import { publishedKeys, publishedPhrases } from './published.js'
import { readSecret } from './secret.js'
import { type Mode, processSettings } from './settings.js'
import { weakness } from './weak.js'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sallyport-secret-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

async function read(mode: Mode, env: Record<string, string> = {}) {
  const all = { SALLYPORT_DATA_DIR: join(directory, 'data'), ...env }
  return readSecret((await loadSettings({ declared: processSettings, mode, env: all })).settings, mode)
}

const file = () => join(directory, 'data', 'secret')
const good = randomBytes(32)

describe('the master secret', () => {
  test.each(['hex', 'base64url', 'base64'] as const)('may be written in %s', async (encoding) => {
    const { current, warning } = await read('production', { SALLYPORT_SECRET: good.toString(encoding) })
    expect(current).toEqual(good)
    expect(warning).toBeUndefined()
  })

  test('the second one is read and judged alike', async () => {
    const env = {
      SALLYPORT_SECRET: randomBytes(32).toString('hex'),
      SALLYPORT_SECRET_ALSO: good.toString('hex'),
    }
    expect((await read('production', env)).also).toEqual(good)
    const weak = { ...env, SALLYPORT_SECRET_ALSO: 'aa'.repeat(32) }
    await expect(read('production', weak)).rejects.toThrow('secret_also')
  })

  test('development makes one once, closed to others, and finds it again', async () => {
    const first = await read('development')
    expect(first.current).toHaveLength(32)
    expect(statSync(file()).mode & 0o777).toBe(0o600)
    expect(statSync(join(directory, 'data')).mode & 0o777).toBe(0o700)
    expect(readdirSync(join(directory, 'data'))).toEqual(['secret'])
    expect((await read('development')).current).toEqual(first.current)
    expect((await read('production')).current).toEqual(first.current)
  })

  test('the setting beats the file', async () => {
    await read('development')
    const env = { SALLYPORT_SECRET: good.toString('hex') }
    expect((await read('production', env)).current).toEqual(good)
  })

  test('production makes none and says how to', async () => {
    const error = await read('production').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(StartError)
    expect((error as StartError).message).toContain('no master secret is set')
    expect((error as StartError).next).toContain(`openssl rand -hex 32 > ${file()}`)
    expect(readdirSync(directory)).toEqual([])
  })

  test('eight processes that start at once share one', async () => {
    const script = `
      import { loadSettings } from ${JSON.stringify(new URL('load.js', import.meta.url).href)}
      import { readSecret } from ${JSON.stringify(new URL('secret.js', import.meta.url).href)}
      import { processSettings as declared } from ${JSON.stringify(new URL('settings.js', import.meta.url).href)}
      const { settings } = await loadSettings({ declared, mode: 'development', env: process.env })
      process.stdout.write(readSecret(settings, 'development').current.toString('hex'))`
    const env = { SALLYPORT_DATA_DIR: join(directory, 'data'), PATH: process.env.PATH }
    const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env })
    const seen = await Promise.all(Array.from({ length: 8 }, run))
    expect(new Set(seen.map(({ stdout }) => stdout))).toHaveLength(1)
    expect(seen[0]!.stdout).toHaveLength(64)
    expect(readdirSync(join(directory, 'data'))).toEqual(['secret'])
  })

  test.each([0o640, 0o604, 0o644])(
    'a file of mode %o is refused with the command that closes it',
    async (mode) => {
      await read('development')
      chmodSync(file(), mode)
      const error = (await read('production').catch((reason: unknown) => reason)) as StartError
      expect(error.message).toContain('can be read by other users')
      expect(error.next).toContain(`chmod 600 ${file()}`)
    },
  )

  test('a file that was cut short is refused, in development too', async () => {
    await read('development')
    writeFileSync(file(), readFileSync(file(), 'utf8').slice(0, 20))
    await expect(read('development')).rejects.toThrow('has 15 bytes; at least 32 are needed')
    writeFileSync(file(), '')
    await expect(read('development')).rejects.toThrow('neither base64url nor hex')
  })

  test('a data directory that cannot be made is said in a sentence', async () => {
    writeFileSync(join(directory, 'data'), 'a file')
    const error = (await read('development').catch((reason: unknown) => reason)) as StartError
    expect(error).toBeInstanceOf(StartError)
    expect(error.message).toContain(join(directory, 'data'))
  })

  test.runIf(process.platform === 'linux')(
    'a place that takes no directories does not hang the start',
    async () => {
      await expect(read('development', { SALLYPORT_DATA_DIR: '/proc/sallyport' })).rejects.toThrow(
        'cannot be written',
      )
    },
  )

  test('a weak one is a warning in development and the end in production', async () => {
    const env = { SALLYPORT_SECRET: createHash('sha256').update('secret').digest('hex') }
    expect((await read('development', env)).warning).toContain('publicly known')
    await expect(read('production', env)).rejects.toThrow('publicly known')
  })
})

describe('a secret that is refused', () => {
  const sha256 = (text: string) => createHash('sha256').update(text).digest()
  const known = [
    'secret',
    'your-256-bit-secret',
    'YOUR_256_BIT_SECRET',
    'changeme',
    'Change-Me-In-Production!',
    'supersecret',
    'keyboard cat',
    'a-string-secret-at-least-256-bits-long',
    'your-super-secret-jwt-token-with-at-least-32-characters-long',
    'qwertyuiopasdfghjklzxcvbnm123456',
    Buffer.from('your-512-bit-secret').toString('hex'),
    Buffer.from('please-change-me-i-am-very-insecure').toString('base64url'),
    Buffer.from('super-secret-jwt-token-with-at-least-32-characters-long').toString('base64'),
    sha256('secret').toString('hex'),
    sha256('changeme').toString('base64url'),
    sha256('password').toString('hex').toUpperCase(),
    sha256('your-256-bit-secret').toString('base64'),
    createHash('sha512').update('supersecret').digest('hex'),
    '0123456789abcdef'.repeat(2),
    '09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7',
    'hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg',
    'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
  ]
  test.each(known)('because it is published: %s', (text) => {
    expect(weakness(text)).toContain('publicly known')
  })

  test('every published phrase and key, as it is and hashed', () => {
    for (const key of publishedKeys) expect(weakness(key), key).toContain('publicly known')
    for (const phrase of publishedPhrases)
      for (const text of [phrase, sha256(phrase).toString('hex')])
        expect(weakness(text), text).toContain('publicly known')
    expect(publishedPhrases.length).toBeGreaterThan(40)
  })

  test.each([
    ['few different bytes', 'ab'.repeat(32)],
    ['few different bytes', '0123456789abcdef'.repeat(4)],
    ['few different bytes', 'deadbeef'.repeat(8)],
    ['pattern', Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('hex')],
    ['pattern', Buffer.from(Array.from({ length: 64 }, (_, i) => (250 - 3 * i) & 255)).toString('base64url')],
    ['pattern', randomBytes(20).toString('hex').repeat(2)],
    ['words', Buffer.from('the quick brown fox jumps over the lazy dog').toString('hex')],
    ['words', Buffer.from('Tr0ub4dor&3 and some more of this, please').toString('base64')],
    ['words', 'MySuperSecretTokenForTheSallyportServerOfAcme01'.slice(0, 44)],
    ['words', 'thequickbrownfoxjumpsoverthelazydogandrunsaw'],
    ['at least 32', randomBytes(31).toString('hex')],
    ['at least 32', randomBytes(24).toString('base64url')],
    ['neither', 'ünïcödé'.repeat(8)],
    ['neither', 'correct horse battery staple, said the old man'],
    ['neither', ''],
  ])('because of %s: %s', (why, text) => {
    expect(weakness(text)).toMatch(new RegExp(why))
  })

  test('and none that a generator made', () => {
    for (let i = 0; i < 2000; i++) {
      const bytes = randomBytes(32 + (i % 33))
      for (const encoding of ['hex', 'base64', 'base64url'] as const)
        expect(weakness(bytes.toString(encoding))).toBeUndefined()
    }
  })
})
