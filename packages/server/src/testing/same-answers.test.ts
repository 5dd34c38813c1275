// Every database tells the same names apart: on a contract that takes names as they are, nothing stands between what
// somebody typed and what the database takes for equal.
import { describe, expect, it } from 'vitest'
import { missing as missingMysql, testDatabase } from './mysql.js'
import { plainWire, said } from './plain-wire.js'
import { missing as missingPostgres, testSchema } from './postgres.js'
import { openSallyport, type Sallyport } from './sallyport.js'

/** Names that some database, collation or padding rule takes for one another: each is somebody else's. */
const apart = [
  ...['ada', 'Ada', 'ADA', 'ada ', 'ada  ', ' ada', 'ada\u00a0', 'ada\u200b'],
  ...['rene', 'ren\u00e9', 'Ren\u00e9', 'ren\u00e8', 'r\u00e9ne'],
  ...['strasse', 'stra\u00dfe', 'STRASSE', 'stra\u1e9ee'],
  ...['\uff41\uff44\uff41', '\u24d0da', '\ufb01n', 'fin', '\u0131', 'i', 'I', '\u0130'],
  ...['\u03c3', '\u03c2', '\u03a3', '\u304b', '\u30ab', '\u304c', '\uff76'],
  ...[
    '\u{1f40e}',
    '\u{1f434}',
    '\u{10ffff}',
    '\uffff',
    '\ue000',
    'a%',
    'a_',
    'a\\',
    "a'",
    'a"',
    'a?',
    'a$1',
    'a',
  ],
  ...['x'.repeat(255), `${'x'.repeat(254)}X`, `${'x'.repeat(254)}y`, '\u{1f40e}'.repeat(255)],
]
/** The same name in another spelling of Unicode. */
const alike = [
  ['ren\u00e9', 'rene\u0301'],
  ['\u304c', '\u304b\u3099'],
] as const

const passwordOf = (name: string) => `of ${apart.indexOf(name)}`

async function join(sallyport: Sallyport, name: string): Promise<string> {
  const body = { preferred_username: name, password: passwordOf(name) }
  return said(await sallyport.browser().post('/w/signup', body))
}

async function logIn(sallyport: Sallyport, identifier: string, owner = identifier): Promise<string> {
  return said(await sallyport.browser().post('/w/login', { identifier, password: passwordOf(owner) }))
}

async function tellsThemApart(url: string): Promise<void> {
  const password = { min: 1, max: 1024, common: 'allowed' } as const
  const sallyport = await openSallyport({
    contracts: [plainWire({ usernames: 'exact', password, identifiers: ['username'] })],
    settings: { 'database-url': url },
  })
  const each = async (act: (name: string) => Promise<string>, names = apart) => {
    const told: string[] = []
    for (const name of names) told.push(`${JSON.stringify(name)} ${await act(name)}`)
    return told
  }
  const all = (answer: string, names = apart) => names.map((name) => `${JSON.stringify(name)} ${answer}`)
  expect(await each((name) => join(sallyport, name))).toEqual(all('200'))
  // Whoever was let in by another's row would have had to give another password.
  expect(await each((name) => logIn(sallyport, name))).toEqual(all('200'))
  const again = apart.filter((_, at) => at % 8 === 0)
  expect(await each((name) => join(sallyport, name), again)).toEqual(all('409 username_taken', again))
  for (const [name, other] of alike) {
    expect(await logIn(sallyport, other, name)).toBe('200')
    expect(await join(sallyport, other)).toBe('409 username_taken')
  }
  expect(await logIn(sallyport, 'aDA', 'ada')).toBe('401 invalid_credentials')
  await sallyport.close()
}

describe('names that differ in case, accents, blanks, width or script are told apart', () => {
  it('by SQLite', () => tellsThemApart('sqlite::memory:'))

  // skipped: where no PostgreSQL answers; the reason is printed, and under CI it fails instead
  it.skipIf(missingPostgres !== undefined)('by PostgreSQL', async () => {
    const schema = testSchema()
    await tellsThemApart(schema.url)
    await schema.drop()
  })

  // skipped: where no MySQL or MariaDB answers; the reason is printed, and under CI it fails instead
  it.skipIf(missingMysql !== undefined)('by MySQL or MariaDB', async () => {
    const database = await testDatabase()
    await tellsThemApart(database.url)
    await database.drop()
  })
})
