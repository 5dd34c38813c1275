// Names, passwords and pictures as a contract has them that is not the native one.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { plainWire, said } from '../../testing/plain-wire.js'
import { openSallyport, type Sallyport } from '../../testing/sallyport.js'
import { pointers, told } from '../../testing/told.js'

const password = 'abcd'
let exact: Sallyport
let both: Sallyport
beforeAll(async () => {
  const says = { usernames: 'exact', password: { min: 1, max: 1024, common: 'allowed' } } as const
  exact = await openSallyport({
    contracts: [plainWire({ ...says, pictures: 'any', identifiers: ['username'] })],
  })
  both = await openSallyport({ contracts: [plainWire(says)], settings: { 'password.min-length': '10' } })
})
afterAll(() => Promise.all([exact.close(), both.close()]))

const join = (sallyport: Sallyport, preferred_username: string, given = password) =>
  sallyport.browser().post('/w/signup', { preferred_username, password: given })
const logIn = async (sallyport: Sallyport, identifier: string) =>
  said(await sallyport.browser().post('/w/login', { identifier, password }))

describe('a name of a contract that takes names as they are', () => {
  it.each(['admin', 'a b', '!', 'аdmin', 'ada@example.com', ' Ada ', '🐎', 'x'.repeat(255)])(
    'can be %j, and is logged in with',
    async (name) => {
      expect(said(await join(exact, name))).toBe('200')
      expect(await logIn(exact, name)).toBe('200')
      expect(said(await join(exact, name))).toBe('409 username_taken')
    },
  )

  it('has its letter case, and is one name however its marks are written', async () => {
    expect((await join(exact, 'Ren\u00e9')).json.user.preferred_username).toBe('Ren\u00e9')
    expect(said(await join(exact, 'Rene\u0301'))).toBe('409 username_taken')
    expect(await logIn(exact, 'Rene\u0301')).toBe('200')
    expect(await logIn(exact, 'REN\u00c9')).toBe('401 invalid_credentials')
    expect(said(await join(exact, 'ren\u00e9'))).toBe('200')
  })

  it.each(['', 'x'.repeat(256), 'a\u0007b', 'a\nb'])('cannot be %j', async (name) => {
    expect(said(await join(exact, name))).toBe('400 invalid_request preferred_username')
  })

  it.each(['ada@example.com', 'ada＠example.com'])(
    'cannot be %j where addresses log in too',
    async (name) => {
      const answer = await join(both, name, 'ten letters')
      expect(said(answer)).toBe('400 invalid_request preferred_username')
    },
  )

  it('is not taken by the native contract: there the rules stay', async () => {
    const answer = await exact
      .browser()
      .post('/v1/signup', { preferred_username: 'root', password: 'x y z d q' })
    expect([told(answer), pointers(answer)]).toEqual(['400 invalid_request', ['/preferred_username']])
  })
})

describe('a password of a contract that takes common ones', () => {
  it('may be on every list or be its owner’s name, with the contract’s lengths', async () => {
    for (const given of ['1', 'password', 'common'])
      expect(said(await join(exact, `common${given}`, given))).toBe('200')
    expect(said(await join(exact, 'common', 'common'))).toBe('200')
    expect(said(await join(exact, 'empty', ''))).toBe('400 invalid_request password')
    expect(said(await join(exact, 'long', 'x'.repeat(1025)))).toBe('422 password_too_long password')
  })

  it('is as long as the operator asks all the same, and common ones stay refused on the native contract', async () => {
    expect(said(await join(both, 'short', 'ninechars'))).toBe('422 password_too_short password')
    expect(said(await join(both, 'enough', 'password123'))).toBe('200')
    const native = { preferred_username: 'native', password: 'password123' }
    expect(told(await both.browser().post('/v1/signup', native))).toBe('422 password_too_common')
  })
})

describe('a picture', () => {
  it('is any text that no browser runs, where the contract says so', async () => {
    const { json } = await join(exact, 'pictured')
    const set = async (picture: unknown) => exact.as(json).post('/w/profile.update', { picture })
    for (const good of ['http://example.com/a.png', '/a.png', 'no link', 'x'.repeat(2048)])
      expect((await set(good)).json.picture).toBe(good)
    for (const bad of ['javascript:alert(1)', ' JavaScript :x', 'data:text/html,x', 'vbscript:x', 'a\tb'])
      expect(said(await set(bad))).toBe('400 invalid_request picture')
    expect(said(await set('x'.repeat(2049)))).toBe('400 invalid_request picture')
    expect((await set('')).json).not.toHaveProperty('picture')
    expect(said(await set('no link'))).toBe('200')
    expect((await set(null)).json).not.toHaveProperty('picture')
  })

  it('is an https link otherwise', async () => {
    const { json } = await join(both, 'linked', 'ten letters')
    const set = async (picture: string) => said(await both.as(json).post('/w/profile.update', { picture }))
    expect(await set('https://example.com/a.png')).toBe('200')
    for (const bad of ['http://example.com/a.png', '', 'https://', 'https://a b'])
      expect(await set(bad)).toBe('400 invalid_request picture')
  })
})
