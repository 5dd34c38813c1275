// Whose account a good credential opens: the one that is linked, a new one, one that is provably theirs, or none.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { identities } from '../../domain/identities.js'
import { sessions, users } from '../../domain/tables.js'
import { operate } from '../../testing/administrator.js'
import type { Answer } from '../../testing/browser.js'
import { claimsFor, openProvider, type Provider, signed } from '../../testing/provider.js'
import { openSallyport, type Sallyport, type SignedUp } from '../../testing/sallyport.js'
import { claimsOf, told } from '../../testing/told.js'

const day = 86_400_000
let sallyport: Sallyport
let provider: Provider
beforeEach(async () => {
  provider = await openProvider()
  sallyport = await openSallyport({ settings: provider.settings })
})
afterEach(() => Promise.all([sallyport.close(), provider.close()]))

let jti = 0
const credentialOf = (claims: object = {}, at = sallyport) => {
  jti += 1
  return signed(provider.key, claimsFor(provider, at.clock.now(), { jti: String(jti), ...claims }))
}
const logIn = async (claims: object = {}, more: object = {}, at = sallyport): Promise<Answer> =>
  at.browser().post('/v1/social/google', { credential: await credentialOf(claims, at), ...more })
const rowOf = (id: string) => sallyport.server.context.store.get(users, { id })
const identitiesOf = (user_id: string) =>
  sallyport.server.context.store.list(identities, { where: { user_id }, limit: 10 })
async function signUp(email: string, verified: boolean, at = sallyport): Promise<SignedUp> {
  const user = await at.signUp({ email })
  if (verified) await operate(at, 'users.update', { id: user.user.id, email_verified: true })
  return user
}
const withPassword = ({ email: identifier, password }: SignedUp) =>
  sallyport.browser().post('/v1/login', { identifier, password })
const corporate = { email: 'ada@corp.example', hd: 'corp.example' }

describe('somebody whom nobody knows', () => {
  it('gets an account with what the provider says, and is signed in', async () => {
    const picture = 'https://lh3.example/a/ada=s96-c'
    const answer = await logIn({ given_name: 'Ada', family_name: 'Lovelace', picture, locale: 'en-GB' })
    expect(told(answer)).toBe('200')
    expect(answer.json.user).toMatchObject({
      email: 'ada@gmail.com',
      email_verified: true,
      name: 'Ada Lovelace',
      given_name: 'Ada',
      family_name: 'Lovelace',
      picture,
      locale: 'en-GB',
      roles: [],
      status: 'active',
    })
    expect(claimsOf(answer.json.access_token)).toMatchObject({ sub: answer.json.user.id, amr: ['google'] })
    expect(told(await sallyport.browser().post('/v1/refresh', answer.json))).toBe('200')
    expect((await rowOf(answer.json.user.id))?.password_hash).toBeNull()
    const seen = ['user.created', 'identity.linked', 'session.created', 'login.succeeded']
    expect(sallyport.events.slice(-4)).toEqual(seen)
    expect((await sallyport.mail()).map(({ topic }) => topic)).toEqual([])
  })

  it('brings nothing that has no place in a profile', async () => {
    const answer = await logIn({
      id: 'mine',
      roles: ['admin'],
      status: 'disabled',
      created_at: 1,
      app_metadata: { plan: 'gold' },
      metadata: { plan: 'gold' },
      phone_number: '+15550100',
      phone_number_verified: true,
      preferred_username: 'root',
      name: 'x'.repeat(256),
      given_name: 7,
      family_name: 'a\ud800',
      picture: 'http://plain.example/a.png',
      locale: '../../etc/passwd',
    })
    expect(told(answer)).toBe('200')
    const { id, created_at, updated_at, last_login_at, ...user } = answer.json.user
    expect(id).not.toBe('mine')
    expect(user).toEqual({
      email: 'ada@gmail.com',
      email_verified: true,
      phone_number_verified: false,
      roles: [],
      status: 'active',
    })
  })

  it('gets one account, also where ten credentials arrive at once', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => logIn()))
    expect(answers.map(told)).toEqual(Array(10).fill('200'))
    expect(new Set(answers.map(({ json }) => json.user.id)).size).toBe(1)
    expect(await sallyport.server.context.store.count(users, {})).toBe(1)
  })

  it('gets none where sign-up is closed, and whoever has one gets in all the same', async () => {
    const settings = { ...provider.settings, 'signup.open': 'false' }
    const closed = await openSallyport({ settings })
    expect(told(await logIn({}, {}, closed))).toBe('403 forbidden')
    expect(await closed.server.context.store.count(users, {})).toBe(0)
    const made = { email: 'ada@gmail.com', email_verified: true, password: 'a door behind the ivy' }
    await operate(closed, 'users.create', made)
    expect(told(await logIn({}, {}, closed))).toBe('200')
    await closed.close()
  })

  it.each<[string, object]>([
    ['no address', { email: undefined }],
    ['an address that is not verified', { email_verified: false }],
    ['"true" instead of true', { email_verified: 'true' }],
    ['1 instead of true', { email_verified: 1 }],
    ['nothing about whether it is verified', { email_verified: undefined }],
    ['two addresses in one', { email: 'ada@gmail.com,eve@evil.example' }],
    ['a list of addresses', { email: ['ada@gmail.com'] }],
  ])('gets none with %s', async (_, claims) => {
    expect(told(await logIn(claims))).toBe('403 email_not_verified')
    expect(await sallyport.server.context.store.count(users, {})).toBe(0)
  })

  it.each<[string, object, boolean]>([
    ['a mailbox of Google', { email: 'ada@gmail.com' }, true],
    ['a mailbox of Google by its other name', { email: 'ada@googlemail.com' }, true],
    ['a mailbox of a hosted domain', corporate, true],
    [
      'a mailbox of another domain than the hosted one',
      { email: 'ada@corp.example', hd: 'evil.example' },
      false,
    ],
    ['a mailbox that nobody hosts', { email: 'ada@corp.example' }, false],
    ['a domain that ends like Google’s', { email: 'ada@notgmail.com' }, false],
    ['a domain of several', { email: 'ada@corp.example', hd: ['corp.example'] }, false],
  ])('with %s has a proved address: %s %s', async (_, claims, proved) => {
    const { user } = (await logIn(claims)).json
    expect(user.email_verified).toBe(proved)
    const topics = (await sallyport.mail()).map(({ topic }) => topic)
    expect(topics).toEqual(proved ? [] : ['verify_email'])
  })

  it('waits for the proof of an address that Google does not vouch for, where all have to', async () => {
    const settings = { ...provider.settings, 'signup.require_verified': 'true' }
    const strict = await openSallyport({ settings })
    expect(told(await logIn({ email: 'ada@corp.example' }, {}, strict))).toBe('403 email_not_verified')
    expect(await strict.server.context.store.count(users, {})).toBe(0)
    expect(told(await logIn(corporate, {}, strict))).toBe('200')
    await strict.close()
  })

  it('may be signed in by cookies, and not by another site', async () => {
    const here = { 'sec-fetch-site': 'same-origin' }
    const browser = sallyport.browser()
    const body = async () => ({ credential: await credentialOf(), transport: 'cookie' })
    const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
    expect(told(await browser.post('/v1/social/google', await body(), foreign))).toBe(
      '403 origin_not_allowed',
    )
    const answer = await browser.post('/v1/social/google', await body(), here)
    expect(told(answer)).toBe('200')
    expect(answer.json).not.toHaveProperty('refresh_token')
    expect(told(await browser.get('/v1/me'))).toBe('200')
  })
})

describe('somebody who is known by their subject', () => {
  it('gets in, whatever their address has become', async () => {
    const { user } = (await logIn()).json
    sallyport.clock.advance(1000)
    for (const claims of [{ email: 'lovelace@gmail.com' }, { email: undefined, email_verified: undefined }]) {
      const answer = await logIn(claims)
      expect(told(answer)).toBe('200')
      expect(answer.json.user).toMatchObject({ id: user.id, email: 'ada@gmail.com' })
    }
    const [identity] = await identitiesOf(user.id)
    expect(identity).toMatchObject({ email: 'lovelace@gmail.com', last_used_at: sallyport.clock.now() })
  })

  it('is not whoever has their address under another subject', async () => {
    await logIn()
    expect(told(await logIn({ sub: '2000' }))).toBe('409 link_required')
    expect(await sallyport.server.context.store.count(identities, {})).toBe(1)
  })

  it('stays out while they are disabled, and when they are deleted', async () => {
    const { user } = (await logIn()).json
    await operate(sallyport, 'users.disable', { id: user.id })
    expect(told(await logIn())).toBe('403 account_disabled')
    await operate(sallyport, 'users.enable', { id: user.id })
    expect(told(await logIn())).toBe('200')
    await operate(sallyport, 'users.delete', { id: user.id })
    expect(told(await logIn())).toBe('401 invalid_credentials')
    expect(told(await logIn({ sub: '2000' }))).toBe('409 email_taken')
    sallyport.clock.advance(7 * day + 1000)
    await sallyport.server.upkeep()
    const again = await logIn()
    expect(told(again)).toBe('200')
    expect(again.json.user.id).not.toBe(user.id)
  })

  it('has a device that is known the next time', async () => {
    const { device_token, user } = (await logIn()).json
    await logIn({}, { device_token })
    await sallyport.server.context.notices.settled()
    expect(await sallyport.mail()).toEqual([])
    await logIn()
    await sallyport.server.context.notices.settled()
    expect(await sallyport.mail()).toMatchObject([{ topic: 'new_device', userId: user.id }])
  })
})

describe('an account with the same address', () => {
  it('that has proved it is linked, and keeps its password', async () => {
    const ada = await signUp('Ada@GMAIL.com', true)
    const answer = await logIn()
    expect(told(answer)).toBe('200')
    expect(answer.json.user.id).toBe(ada.user.id)
    expect(sallyport.events).toContain('identity.linked')
    expect(told(await withPassword(ada))).toBe('200')
    expect(told(await sallyport.as(ada).get('/v1/me'))).toBe('200')
    expect(told(await logIn({ email: 'other@gmail.com' }))).toBe('200')
  })

  it.each<[string, object]>([
    ['an address nobody vouches for', { email: 'ada@corp.example' }],
    ['another domain’s word', { email: 'ada@corp.example', hd: 'evil.example' }],
    ['an hd that is no text', { email: 'ada@corp.example', hd: true }],
  ])('is not linked by %s: log in first', async (_, claims) => {
    const ada = await signUp('ada@corp.example', true)
    const refused = await logIn(claims)
    expect(told(refused)).toBe('409 link_required')
    expect(refused.json.detail).toMatch(/log in to it first/i)
    expect(await identitiesOf(ada.user.id)).toEqual([])
    const unproved = await signUp('eve@corp.example', false)
    expect(told(await logIn({ ...claims, email: 'eve@corp.example' }))).toBe('409 link_required')
    expect(told(await withPassword(unproved))).toBe('200')
  })

  it.each([false, 'true', 1, undefined])(
    'is not linked where email_verified is %s',
    async (email_verified) => {
      const ada = await signUp('ada@gmail.com', true)
      expect(told(await logIn({ email_verified }))).toBe('403 email_not_verified')
      expect(await identitiesOf(ada.user.id)).toEqual([])
    },
  )

  it('that a stranger made in advance is the owner’s now, and nothing lets the stranger back in', async () => {
    const eve = await signUp('ada@gmail.com', false)
    const more = (await withPassword(eve)).json
    await sallyport.as(eve).send('PATCH', '/v1/me', { metadata: { planted: true } })
    const planted = { sub: '666', email: 'eve@corp.example' }
    const credential = await credentialOf(planted)
    expect(told(await sallyport.as(eve).post('/v1/me/identities/google', { credential }))).toBe('200')
    const [code] = (await sallyport.mail('ada@gmail.com')).map(({ facts }) => facts.code)

    const ada = await logIn()
    expect(told(ada)).toBe('200')
    expect(ada.json.user).toMatchObject({ id: eve.user.id, email_verified: true })
    expect(told(await withPassword(eve))).toBe('401 invalid_credentials')
    for (const held of [eve, more]) {
      expect(told(await sallyport.as(held).get('/v1/me'))).toBe('401 session_ended')
      expect(told(await sallyport.browser().post('/v1/refresh', held))).toBe('401 session_ended')
    }
    expect((await logIn(planted)).json.user?.id).not.toBe(eve.user.id)
    const verify = { email: 'ada@gmail.com', code }
    expect(told(await sallyport.browser().post('/v1/email/verify', verify))).toBe('401 code_invalid')
    expect(await sallyport.server.context.store.count(sessions, { user_id: eve.user.id })).toBe(1)
    expect((await identitiesOf(eve.user.id)).map(({ subject }) => subject)).toEqual(['1000'])
    expect(sallyport.events).toContain('user.claimed')
    expect(told(await sallyport.as(ada.json).get('/v1/me'))).toBe('200')
  })

  it('that is disabled stays shut, proved or not', async () => {
    for (const verified of [true, false]) {
      const ada = await signUp(`ada${verified}@gmail.com`, verified)
      await operate(sallyport, 'users.disable', { id: ada.user.id })
      expect(told(await logIn({ sub: `x${verified}`, email: ada.email }))).toBe('403 account_disabled')
      expect((await rowOf(ada.user.id))?.email_verified).toBe(verified)
      expect(await identitiesOf(ada.user.id)).toEqual([])
    }
  })
})

describe('an identity of the signed-in user', () => {
  const link = async (user: { access_token: string }, claims: object = {}) =>
    sallyport.as(user).post('/v1/me/identities/google', { credential: await credentialOf(claims) })
  const unlink = (user: { access_token: string }, provider = 'google') =>
    sallyport.as(user).send('DELETE', `/v1/me/identities/${provider}`)
  const own = async (user: { access_token: string }) =>
    (await sallyport.as(user).get('/v1/me/identities')).json.items

  it('is linked whatever its address, signs in, is seen, and is unlinked', async () => {
    const ada = await sallyport.signUp()
    expect(await own(ada)).toEqual([])
    const now = new Date(sallyport.clock.now()).toISOString()
    const view = { provider: 'google', email: 'eve@corp.example', created_at: now, last_used_at: now }
    const linked = await link(ada, { email: 'eve@corp.example' })
    expect([told(linked), linked.json]).toEqual(['200', view])
    expect(told(await link(ada, { email: 'eve@corp.example' }))).toBe('200')
    expect(await own(ada)).toEqual([view])
    expect((await logIn({ email: 'eve@corp.example' })).json.user.id).toBe(ada.user.id)
    expect((await rowOf(ada.user.id))?.email_verified).toBe(false)
    expect(told(await unlink(ada))).toBe('204')
    expect(told(await unlink(ada))).toBe('404 not_found')
    expect(told(await unlink(ada, 'facebook'))).toBe('400 invalid_request')
    expect(await own(ada)).toEqual([])
    expect(sallyport.events.filter((name) => name.startsWith('identity.'))).toEqual([
      'identity.linked',
      'identity.unlinked',
    ])
  })

  it('is one user’s alone, and one of a provider', async () => {
    const [ada, bob] = [await sallyport.signUp(), await sallyport.signUp()]
    expect(told(await link(ada))).toBe('200')
    expect(told(await link(bob))).toBe('409 conflict')
    expect(told(await link(ada, { sub: '2000' }))).toBe('409 conflict')
    expect((await logIn()).json.user.id).toBe(ada.user.id)
  })

  it('of ten links at once from two users is one user’s', async () => {
    const pair = [await sallyport.signUp(), await sallyport.signUp()]
    const answers = await Promise.all(Array.from({ length: 10 }, (_, at) => link(pair[at % 2]!)))
    const good = answers.flatMap((answer, at) => (told(answer) === '200' ? [at % 2] : []))
    expect(new Set(good).size).toBe(1)
    expect(await sallyport.server.context.store.count(identities, {})).toBe(1)
  })

  it('is not linked by a credential that was used, nor used after it', async () => {
    const ada = await sallyport.signUp()
    const credential = await credentialOf()
    const path = '/v1/me/identities/google'
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => sallyport.as(ada).post(path, { credential })),
    )
    expect(answers.map(told).sort()).toEqual(['200', ...Array(9).fill('401 invalid_credentials')])
    const used = await sallyport.browser().post('/v1/social/google', { credential })
    expect(told(used)).toBe('401 invalid_credentials')
  })

  it('that is the last way in stays, until there is a password', async () => {
    const ada = (await logIn()).json
    expect(told(await unlink(ada))).toBe('409 conflict')
    expect(told(await logIn())).toBe('200')
    await operate(sallyport, 'users.set_password', { id: ada.user.id, password: 'a door behind the ivy' })
    const body = { identifier: 'ada@gmail.com', password: 'a door behind the ivy' }
    const { access_token } = (await sallyport.browser().post('/v1/login', body)).json
    expect(told(await unlink({ access_token }))).toBe('204')
    expect(told(await logIn({ sub: '2000' }))).toBe('200')
  })
})
