import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { StoreUnavailable } from '../../store.js'
import { readUrl } from './url.js'

test('a URL says where, who and which database', () => {
  expect(readUrl('postgres://ada:p%40s%2Fs@db.example:6543/auth?sslmode=disable&schema=sally')).toMatchObject(
    {
      host: 'db.example',
      port: 6543,
      user: 'ada',
      password: 'p@s/s',
      database: 'auth',
      schema: 'sally',
      ssl: false,
      application: 'sallyport',
      pooled: false,
      shown: 'db.example:6543/auth',
    },
  )
  expect(readUrl('postgresql:///auth?host=/run/postgresql')).toMatchObject({
    host: '/run/postgresql',
    port: 5432,
    database: 'auth',
    user: undefined,
    password: undefined,
  })
  expect(readUrl('postgres://[::1]/x')).toMatchObject({ host: '::1', ssl: false })
})

test.each(['localhost', '127.0.0.1', '[::1]', '%2Frun%2Fpostgresql'])('%s needs no TLS', (host) => {
  expect(readUrl(`postgres://${host}/x`).ssl).toBe(false)
})

test('another machine needs an answer about TLS, and there is none that takes whatever comes', () => {
  const refused = (url: string) => expect(() => readUrl(url))
  for (const host of ['db.example', '10.0.0.7', '127.0.0.1.example', 'localhost.example']) {
    refused(`postgres://${host}/x`).toThrow(StoreUnavailable)
    refused(`postgres://${host}/x`).toThrow(/says nothing of TLS.*sslmode=verify-full/)
  }
  for (const mode of ['prefer', 'allow', 'no-verify', '', 'VERIFY-FULL'])
    refused(`postgres://db.example/x?sslmode=${mode}`).toThrow(
      /use one of disable, require, verify-ca, verify-full/,
    )
})

test('each mode checks as much as it says', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-url-'))
  try {
    const ca = join(directory, 'ca.pem')
    writeFileSync(ca, 'the authority')
    const tls = (rest: string) => readUrl(`postgres://db.example/x?sslmode=${rest}`).ssl
    expect(tls('verify-full')).toEqual({ rejectUnauthorized: true })
    expect(tls(`verify-full&sslrootcert=${ca}`)).toEqual({ rejectUnauthorized: true, ca: 'the authority' })
    expect(tls('verify-ca')).toMatchObject({
      rejectUnauthorized: true,
      checkServerIdentity: expect.anything(),
    })
    expect(tls('require')).toMatchObject({ rejectUnauthorized: false })
    expect(tls(`require&sslrootcert=${ca}`)).toMatchObject({ rejectUnauthorized: true, ca: 'the authority' })
    expect(() => tls(`verify-full&sslrootcert=${directory}/none`)).toThrow(/none as sslrootcert.*PEM file/)
  } finally {
    rmSync(directory, { recursive: true })
  }
})

test.each([
  ['postgres://u:hunter2@h/x?sslmod=verify-full', /knows no sslmod/],
  ['postgres://u:hunter2@h/x?sslmode=disable&sslmode=verify-full', /says sslmode more than once/],
  ['postgres://u:hunter2@localhost/x?sslrootcert=/ca.pem', /sslrootcert without TLS.*sslmode=verify-full/],
  ['postgres://u:hunter2@h/x?options=-c', /knows no options/],
  ['postgres://u:hunter2@localhost/x?pgbouncer=statement', /unknown pgbouncer.*transaction or session/],
  ['postgres://u:hunter2@localhost/x?pgbouncer=transaction&schema=a', /ALTER ROLE <user> SET search_path/],
  ['postgres://u:hunter2@a,b/x', /cannot be read|several hosts/],
  ['postgres://u:hunter2@/x?host=a,b', /several hosts/],
  ['postgres://u:hunter2%@localhost/x', /stands for nothing/],
  ['postgres://u:hunter2/3@localhost/x', /cannot be read/],
  ['postgres://u:1/hunter2@localhost/x?sslmode=disable', /cannot be read.*%2F for a \//],
  ['postgres://u:1?hunter2@localhost/x', /cannot be read/],
  ['postgres://u:hunter2@localhost/x?schema=a;drop', /no plain name/],
  ['postgres://u:hunter2@localhost/x?schema=pg_temp', /no plain name/],
])('%s is refused in a sentence that does not hold the password', (url, sentence) => {
  expect(() => readUrl(url)).toThrow(sentence)
  expect(() => readUrl(url)).toThrow(StoreUnavailable)
  try {
    readUrl(url)
  } catch (error) {
    expect(String((error as Error).stack)).not.toContain('hunter2')
  }
})
