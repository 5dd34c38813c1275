import { expect, test } from 'vitest'
import { StoreUnavailable } from '../../store.js'
import { readUrl } from './url.js'

test('a URL says where, who and which database', () => {
  expect(readUrl('mysql://ada:p%40s%2Fs@db.example:6543/auth?sslmode=disable')).toEqual({
    host: 'db.example',
    port: 6543,
    socket: undefined,
    user: 'ada',
    password: 'p@s/s',
    database: 'auth',
    ssl: undefined,
    shown: 'db.example:6543/auth',
  })
  expect(readUrl('mariadb://ada@/auth?socket=/run/mysqld/mysqld.sock')).toMatchObject({
    socket: '/run/mysqld/mysqld.sock',
    user: 'ada',
    password: undefined,
    ssl: undefined,
    shown: '/run/mysqld/mysqld.sock/auth',
  })
  for (const host of ['localhost', '127.0.0.1', '[::1]'])
    expect(readUrl(`mysql://${host}/x`)).toMatchObject({ port: 3306, ssl: undefined })
})

test('another machine needs an answer about TLS, and each mode checks as much as it says', () => {
  for (const host of ['db.example', '10.0.0.7'])
    expect(() => readUrl(`mysql://${host}/x`)).toThrow(/says nothing of TLS.*sslmode=verify-full/)
  const tls = (mode: string, host = 'db.example') => readUrl(`mysql://${host}/x?sslmode=${mode}`).ssl
  expect(tls('verify-full')).toEqual({ rejectUnauthorized: true, verifyIdentity: true })
  expect(tls('verify-ca')).toEqual({ rejectUnauthorized: true, verifyIdentity: false })
  expect(tls('require')).toEqual({ rejectUnauthorized: false, verifyIdentity: false })
  for (const host of ['10.0.0.7', '[fd00::7]'])
    expect(() => tls('verify-full', host)).toThrow(/verify-full at an address/)
  expect(() => tls('preferred')).toThrow(/use one of disable, require, verify-ca, verify-full/)
})

test.each([
  ['mysql://u:hunter2@h/x?ssl-mode=VERIFY_IDENTITY', /knows no ssl-mode/],
  ['mysql://u:hunter2@localhost/x?flags=LOCAL_FILES', /knows no flags/],
  ['mysql://u:hunter2@a,b/x', /cannot be read|several hosts/],
  ['mysql://u:hunter2@localhost', /names no database/],
  ['mysql://u:hunter2@localhost/a%2Fb', /names no database/],
  ['mysql://u:hunter2@localhost/x?socket=mysqld.sock', /no whole path/],
  ['mysql://u:hunter2/3@localhost/x', /cannot be read/],
])('%s is refused in a sentence that does not hold the password', (url, sentence) => {
  expect(() => readUrl(url)).toThrow(sentence)
  expect(() => readUrl(url)).toThrow(StoreUnavailable)
  try {
    readUrl(url)
  } catch (error) {
    expect(String((error as Error).stack)).not.toContain('hunter2')
  }
})
