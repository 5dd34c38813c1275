import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Browser } from '../../testing/browser.js'
import { openSallyport, type Sallyport } from '../../testing/sallyport.js'
import { pointers, told } from '../../testing/told.js'

let sallyport: Sallyport
let me: Browser
beforeAll(async () => {
  sallyport = await openSallyport()
})
afterAll(() => sallyport.close())
beforeEach(async () => {
  me = sallyport.as(
    await sallyport.signUp({ name: 'Ada', metadata: { theme: { dark: true, size: 2 }, tags: [1] } }),
  )
})
const patch = (body: unknown, type = 'application/json') =>
  me.send('PATCH', '/v1/me', body, { 'content-type': type })

describe('a change of the profile', () => {
  it.each(['application/json', 'application/merge-patch+json', 'application/json; charset=utf-8'])(
    'sent as %s sets what is there and leaves the rest',
    async (type) => {
      sallyport.clock.advance(1000)
      const answer = await patch({ given_name: 'Ada', locale: 'en-GB', zoneinfo: 'Europe/London' }, type)
      expect(told(answer)).toBe('200')
      expect(answer.json).toMatchObject({ name: 'Ada', given_name: 'Ada', locale: 'en-GB' })
      expect(Date.parse(answer.json.updated_at)).toBeGreaterThan(Date.parse(answer.json.created_at))
      expect((await me.get('/v1/me')).json).toEqual(answer.json)
    },
  )

  it('takes away what is null', async () => {
    const answer = await patch({ name: null })
    expect(told(answer)).toBe('200')
    expect(answer.json).not.toHaveProperty('name')
  })

  it('merges metadata member by member, as RFC 7396 says', async () => {
    const answer = await patch({ metadata: { theme: { dark: null, wide: true }, tags: [2, 3], note: 'x' } })
    expect(answer.json.metadata).toEqual({ theme: { size: 2, wide: true }, tags: [2, 3], note: 'x' })
    expect((await patch({ metadata: { theme: 'plain' } })).json.metadata.theme).toBe('plain')
    expect((await patch({ metadata: null })).json).not.toHaveProperty('metadata')
  })

  it('keeps metadata within 16 KiB, counted after the merge', async () => {
    expect(told(await patch({ metadata: { a: 'x'.repeat(9000) } }))).toBe('200')
    const refused = await patch({ metadata: { b: 'x'.repeat(9000) } })
    expect(told(refused)).toBe('400 invalid_request')
    expect(pointers(refused)).toEqual(['/metadata'])
    expect((await me.get('/v1/me')).json.metadata).not.toHaveProperty('b')
  })

  it('may change nothing at all', async () => {
    const before = (await me.get('/v1/me')).json
    expect(told(await patch({}))).toBe('200')
    expect((await me.get('/v1/me')).json).toEqual({ ...before, updated_at: expect.any(String) })
  })

  it('made twenty times at once loses none of them', async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, at) => patch({ metadata: { [`m${at}`]: at } })),
    )
    expect(new Set(all.map(told))).toEqual(new Set(['200']))
    const { metadata } = (await me.get('/v1/me')).json
    expect(Object.keys(metadata).filter((name) => /^m\d/.test(name))).toHaveLength(20)
  })
})

describe('what a user does not write themselves', () => {
  it.each([
    ['id', '00000000-0000-7000-8000-000000000000'],
    ['roles', ['admin']],
    ['status', 'active'],
    ['email', 'new@example.com'],
    ['email_verified', true],
    ['phone_number', '+15551234567'],
    ['phone_number_verified', true],
    ['created_at', '2001-01-01T00:00:00Z'],
    ['updated_at', '2001-01-01T00:00:00Z'],
    ['last_login_at', null],
    ['app_metadata', { plan: 'gold' }],
    ['password', 'another good one'],
  ])('%s is refused by name, and nothing beside it is changed', async (member, value) => {
    const before = (await me.get('/v1/me')).json
    const answer = await patch({ name: 'Eve', [member]: value })
    expect(told(answer)).toBe('400 invalid_request')
    expect(pointers(answer)).toEqual([`/${member}`])
    expect((await me.get('/v1/me')).json).toEqual(before)
  })

  it('and what the server does not know is left alone', async () => {
    const answer = await patch({ is_admin: true, epoch: 0, password_hash: 'x', tenant: 'y', name: 'Eve' })
    expect(told(answer)).toBe('200')
    expect(answer.json).toMatchObject({ name: 'Eve', roles: [] })
    for (const absent of ['is_admin', 'epoch', 'tenant']) expect(answer.json).not.toHaveProperty(absent)
  })
})

describe('a member of the profile', () => {
  it.each([
    ['javascript:alert(1)'],
    ['data:image/svg+xml,<svg/>'],
    ['http://example.com/a.png'],
    ['//example.com/a.png'],
    ['ftp://example.com/a.png'],
    ['https:/example.com'],
    ['https://'],
    [' https://example.com'],
    ['https://example.com/a b'],
    ['https://example.com/\u0000'],
  ])('picture cannot be %j', async (picture) => {
    const answer = await patch({ picture })
    expect(told(answer)).toBe('400 invalid_request')
    expect(pointers(answer)).toEqual(['/picture'])
  })

  it('picture can be an https link of up to 2,048 characters', async () => {
    expect(told(await patch({ picture: `https://example.com/${'a'.repeat(2048)}` }))).toBe(
      '400 invalid_request',
    )
    const picture = 'https://cdn.example.com/ada.png?s=200'
    expect((await patch({ picture })).json.picture).toBe(picture)
  })

  it.each([
    ['name', 7],
    ['name', ['Ada']],
    ['name', { first: 'Ada' }],
    ['name', true],
    ['given_name', 'x'.repeat(256)],
    ['locale', 'not a language'],
    ['locale', 1],
    ['zoneinfo', '../etc/passwd'],
    ['metadata', []],
    ['metadata', 'x'],
    ['preferred_username', 'admin'],
    ['preferred_username', 'pаypal'],
    ['preferred_username', 12],
  ])('%s cannot be %j and is not converted', async (member, value) => {
    const answer = await patch({ [member]: value })
    expect(told(answer)).toBe('400 invalid_request')
    expect(pointers(answer)).toEqual([`/${member}`])
  })

  it('preferred_username can be taken, changed and given up, but not the last way to sign in', async () => {
    expect((await patch({ preferred_username: 'Countess' })).json.preferred_username).toBe('Countess')
    const other = sallyport.as(await sallyport.signUp())
    const taken = await other.send('PATCH', '/v1/me', { preferred_username: 'COUNTESS' })
    expect(told(taken)).toBe('409 username_taken')
    expect(told(await patch({ preferred_username: null }))).toBe('200')
    expect(told(await other.send('PATCH', '/v1/me', { preferred_username: 'COUNTESS' }))).toBe('200')
    const body = { preferred_username: 'only', password: 'correct horse battery' }
    const alone = sallyport.as((await sallyport.browser().post('/v1/signup', body)).json)
    const refused = await alone.send('PATCH', '/v1/me', { preferred_username: null })
    expect(told(refused)).toBe('400 invalid_request')
  })
})

it('is nobody’s without a token', async () => {
  for (const method of ['GET', 'PATCH', 'DELETE'])
    expect(told(await sallyport.browser().send(method, '/v1/me'))).toBe('401 token_missing')
})
