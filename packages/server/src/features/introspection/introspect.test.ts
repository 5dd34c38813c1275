import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { users } from '../../domain/tables.js'
import { openSallyport, type Sallyport, type SignedUp } from '../../testing/sallyport.js'
import { claimsOf, told } from '../../testing/told.js'

const key = `vk_${'a1B2'.repeat(8)}`
const other = `vk_${'zzzz'.repeat(8)}`
const day = 86_400_000
let sallyport: Sallyport
let user: SignedUp
beforeAll(async () => {
  sallyport = await openSallyport({ env: { SALLYPORT_VERIFIER_KEYS: `${key},${other}` } })
})
afterAll(() => sallyport.close())
beforeEach(async () => {
  user = await sallyport.signUp()
})

const form = { 'content-type': 'application/x-www-form-urlencoded' }
const introspect = (token: string, bearer: string | undefined = key, more = '') =>
  sallyport.browser().post('/v1/introspect', `token=${encodeURIComponent(token)}${more}`, {
    ...form,
    ...(bearer !== '' && { authorization: `Bearer ${bearer}` }),
  })

describe('a live token', () => {
  it('of the access kind is shown with its claims', async () => {
    const answer = await introspect(user.access_token, key, '&token_type_hint=access_token')
    expect(told(answer)).toBe('200')
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.json).toEqual({ active: true, token_type: 'Bearer', ...claimsOf(user.access_token) })
  })

  it('of the refresh kind is shown without being spent', async () => {
    const answer = await introspect(user.refresh_token, other)
    expect(answer.json).toMatchObject({ active: true, sub: user.user.id, sid: user.session_id, amr: ['pwd'] })
    expect(answer.json).not.toHaveProperty('token_type')
    expect(answer.json.exp - sallyport.clock.now() / 1000).toBe(14 * 86_400)
    expect(told(await sallyport.browser().post('/v1/refresh', user))).toBe('200')
  })
})

describe('anything else is inactive and says no more', () => {
  const inactive = async (token: string) => {
    const answer = await introspect(token)
    expect(told(answer)).toBe('200')
    expect(answer.json).toEqual({ active: false })
  }

  it('after the session has ended', async () => {
    await sallyport.as(user).post('/v1/logout')
    await inactive(user.access_token)
    await inactive(user.refresh_token)
  })

  it('after log-out everywhere, and for a disabled user', async () => {
    await sallyport.as(user).post('/v1/logout/all')
    await inactive(user.access_token)
    const disabled = await sallyport.signUp()
    await sallyport.server.context.store.update(users, { id: disabled.user.id }, { status: 'disabled' })
    await inactive(disabled.access_token)
    await inactive(disabled.refresh_token)
  })

  it('after its time', async () => {
    sallyport.clock.advance(300_000)
    await inactive(user.access_token)
    sallyport.clock.advance(14 * day)
    await inactive(user.refresh_token)
  })

  it('for a refresh token that was spent, and without ending the session', async () => {
    const next = (await sallyport.browser().post('/v1/refresh', user)).json
    await inactive(user.refresh_token)
    expect((await introspect(next.refresh_token)).json.active).toBe(true)
  })

  it.each([
    ['a word', 'nonsense'],
    ['three segments', 'a.b.c'],
    ['the length of a refresh token', 'A'.repeat(86)],
    ['9,000 characters', 'A'.repeat(9000)],
    ['another alphabet', 'é'],
  ])('for %s', async (_what, token) => {
    await inactive(token)
  })
})

describe('who asks', () => {
  it('needs a verifier key: none, a wrong one or a user’s token will not do', async () => {
    const none = await introspect(user.access_token, '')
    expect(told(none)).toBe('401 token_missing')
    expect(none.headers['www-authenticate']).toBe('Bearer')
    for (const wrong of [`${key}x`, key.toUpperCase(), user.access_token, 'vk_'])
      expect(told(await introspect(user.access_token, wrong))).toBe('401 access_token_invalid')
  })

  it('needs a form, with one token in it', async () => {
    const authorization = `Bearer ${key}`
    const json = await sallyport.browser().post('/v1/introspect', { token: 'x' }, { authorization })
    expect(told(json)).toBe('415 unsupported_media_type')
    const empty = await sallyport.browser().post('/v1/introspect', '', { ...form, authorization })
    expect(told(empty)).toBe('400 invalid_request')
    expect(told(await introspect('x', key, '&token=y'))).toBe('400 invalid_request')
  })

  it('finds no key where none is configured, not even an empty one', async () => {
    const closed = await openSallyport()
    const body = `token=${user.access_token}`
    for (const bearer of [key, 'undefined', 'vk_']) {
      const headers = { ...form, authorization: `Bearer ${bearer}` }
      expect(told(await closed.browser().post('/v1/introspect', body, headers))).toBe(
        '401 access_token_invalid',
      )
    }
    await closed.close()
  })

  it('does not use the key as a user’s token', async () => {
    expect(told(await sallyport.as({ access_token: key }).get('/v1/me'))).toBe('401 access_token_invalid')
  })
})
