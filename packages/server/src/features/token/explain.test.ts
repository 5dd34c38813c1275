import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signAccessToken } from '../../domain/tokens/access.js'
import { machine, operate } from '../../testing/administrator.js'
import { openSallyport, type Sallyport, type SignedUp } from '../../testing/sallyport.js'
import { claimsOf, told } from '../../testing/told.js'

let sallyport: Sallyport
const verifierKey = `vk_${'k'.repeat(40)}`
beforeAll(async () => {
  sallyport = await openSallyport({ env: { SALLYPORT_VERIFIER_KEYS: verifierKey } })
})
afterAll(() => sallyport.close())

interface Explained {
  accepted: boolean
  kind: string
  steps: { step: string; ok: boolean; says: string }[]
}

/** The explanation, which never shows what it explains. */
async function explain(token: string): Promise<Explained> {
  const found: Explained = await operate(sallyport, 'token.explain', { token })
  const shown = JSON.stringify(found)
  for (let at = 0; at + 24 <= token.length; at += 8) expect(shown).not.toContain(token.slice(at, at + 24))
  expect(shown).not.toMatch(/[^ -~’…]/)
  return found
}
const names = ({ steps }: Explained) => steps.map(({ step }) => step)
/** The one step that went wrong, which is the last that was looked at unless it concerns the store. */
const wrong = ({ steps }: Explained) => steps.filter(({ ok }) => !ok).map(({ step }) => step)
const last = ({ steps }: Explained) => steps.at(-1)!

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString())
/** A token that our own key signs over other claims, under another header where one is given. */
function forge(user: SignedUp, claims: object, type = 'at+jwt'): string {
  const key = sallyport.server.context.keys.active({ type })
  return signAccessToken(key, { ...claimsOf(user.access_token), ...claims })
}

describe('an access token', () => {
  it('that is good goes through every step', async () => {
    const { access_token } = await sallyport.signUp()
    const found = await explain(access_token)
    expect(found).toMatchObject({ accepted: true, kind: 'access token' })
    expect(names(found)).toEqual([
      'shape',
      'header',
      'key',
      'signature',
      'spelling',
      'claims',
      'type',
      'issuer',
      'audience',
      'times',
      'revocation',
      'session',
      'user',
    ])
    expect(wrong(found)).toEqual([])
  })

  const cases: [string, (user: SignedUp) => string, string][] = [
    ['with an empty part', () => 'a..b', 'shape'],
    ['that is too long', ({ access_token }) => `${access_token}${'A'.repeat(9000)}`, 'shape'],
    [
      'whose header is no JSON',
      ({ access_token }) => `abcd.${access_token.split('.', 3).slice(1).join('.')}`,
      'shape',
    ],
    ['without algorithm', ({ access_token }) => reheaded(access_token, { alg: 'none' }), 'header'],
    ['of a key that is not ours', ({ access_token }) => reheaded(access_token, { kid: 'other' }), 'key'],
    ['whose claims were changed', ({ access_token }) => reclaimed(access_token, { sub: 'x' }), 'signature'],
    ['that lacks a claim', (user) => forge(user, { jti: undefined }), 'claims'],
    ['of another type', (user) => forge(user, {}, 'JWT'), 'type'],
    ['of another issuer', (user) => forge(user, { iss: 'https://elsewhere.example' }), 'issuer'],
    ['for somebody else', (user) => forge(user, { aud: 'other' }), 'audience'],
    ['for another contract', (user) => forge(user, { client_id: 'other' }), 'audience'],
    ['from the future', (user) => forge(user, { iat: 4e9, exp: 4e9 + 60 }), 'times'],
    [
      'that lives too long',
      (user) => forge(user, { exp: (claimsOf(user.access_token).iat as number) + 1e6 }),
      'times',
    ],
  ]
  const reheaded = (token: string, change: object) => {
    const [header, ...rest] = token.split('.')
    return [encode({ ...decode(header!), ...change }), ...rest].join('.')
  }
  const reclaimed = (token: string, change: object) => {
    const [header, payload, signature] = token.split('.')
    return [header, encode({ ...decode(payload!), ...change }), signature].join('.')
  }

  it.each(cases)('%s is refused at that step, as the server refuses it', async (_what, make, step) => {
    const token = make(await sallyport.signUp())
    const found = await explain(token)
    expect(found).toMatchObject({ accepted: false, kind: 'access token' })
    expect([wrong(found), last(found).step]).toEqual([[step], step])
    expect(told(await sallyport.as({ access_token: token }).get('/v1/me'))).toMatch(/^401/)
  })

  it('says what was found and what is expected', async () => {
    const found = await explain(forge(await sallyport.signUp(), { iss: 'https://elsewhere.example' }))
    expect(last(found).says).toBe('iss "https://elsewhere.example"; expected "http://localhost:4400"')
  })

  it('that is badly spelled is told so', async () => {
    const { access_token } = await sallyport.signUp()
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const ends = access_token.at(-1)!
    const found = await explain(access_token.slice(0, -1) + alphabet[alphabet.indexOf(ends) + 1])
    expect([found.accepted, wrong(found)]).toEqual([false, ['spelling']])
  })

  it('that has expired says when, and what time it is here', async () => {
    const { access_token } = await sallyport.signUp()
    sallyport.clock.advance(300_000)
    const found = await explain(access_token)
    const now = new Date(sallyport.clock.now()).toISOString()
    expect([found.accepted, wrong(found)]).toEqual([false, ['times']])
    expect(last(found).says).toContain(`expires ${now}, now ${now}: it has expired`)
  })

  it('of a session that was ended is refused at revocation and session', async () => {
    const user = await sallyport.signUp()
    await sallyport.as(user).post('/v1/logout')
    const found = await explain(user.access_token)
    expect([found.accepted, wrong(found)]).toEqual([false, ['revocation', 'session']])
  })

  it('of a user who was disabled says so', async () => {
    const user = await sallyport.signUp()
    await operate(sallyport, 'users.disable', { id: user.user.id })
    expect(await explain(user.access_token)).toMatchObject({ accepted: false })
  })

  it('of a removed key is refused at the key', async () => {
    const user = await sallyport.signUp()
    const { items } = await operate(sallyport, 'keys.list')
    await operate(sallyport, 'keys.remove', { kid: items[0].kid })
    expect(wrong(await explain(user.access_token))).toEqual(['key'])
  })

  it('is shown in printable ASCII, whatever stands in it', async () => {
    const nasty = '\u001b[31m\u202e\u0007é'
    const found = await explain(forge(await sallyport.signUp(), { iss: nasty }))
    expect(last(found).says).toContain('\\u001b[31m\\u202e\\u0007\\u00e9')
  })
})

describe('a refresh token', () => {
  const refresh = async (token: { refresh_token: string }) =>
    (await sallyport.browser().post('/v1/refresh', token)).json

  it('is the newest, the one before, or spent; and looking spends nothing', async () => {
    const first = await sallyport.signUp()
    const second = await refresh(first)
    const newest = await explain(second.refresh_token)
    expect(newest).toMatchObject({ accepted: true, kind: 'refresh token' })
    expect(names(newest)).toEqual(['shape', 'signature', 'session', 'user', 'chain'])
    const repeated = await explain(first.refresh_token)
    expect([repeated.accepted, last(repeated).says]).toEqual([
      true,
      expect.stringContaining('same successor'),
    ])
    const third = await refresh(second)
    const spent = await explain(first.refresh_token)
    expect([spent.accepted, wrong(spent)]).toEqual([false, ['chain']])
    expect(last(spent).says).toContain('number 0 of its chain, which stands at 2')
    sallyport.clock.advance(60_000)
    expect(wrong(await explain(second.refresh_token))).toEqual(['chain'])
    expect(told(await sallyport.browser().post('/v1/refresh', third))).toBe('200')
  })

  const altered = (token: string) => token.slice(0, 40) + (token[40] === 'A' ? 'B' : 'A') + token.slice(41)

  it('that is forged, ended, or over is refused at that step', async () => {
    const user = await sallyport.signUp()
    expect(wrong(await explain(altered(user.refresh_token)))).toEqual(['signature'])
    sallyport.clock.advance(14 * 86_400_000)
    expect(wrong(await explain(user.refresh_token))).toEqual(['session'])
    const other = await sallyport.signUp()
    await sallyport.as(other).post('/v1/logout')
    const found = await explain(other.refresh_token)
    expect([wrong(found), last(found).says]).toEqual([['session'], expect.stringContaining('not there')])
  })
})

describe('other things', () => {
  it('an API key is known with its scopes, or is not', async () => {
    const bot = await machine(sallyport, 'users:read', 'audit:read')
    const found = await explain(bot.bearer!)
    expect(found).toMatchObject({ accepted: true, kind: 'API key' })
    expect(last(found)).toEqual({ step: 'scopes', ok: true, says: 'users:read, audit:read' })
    await operate(sallyport, 'apikeys.remove', { id: bot.id })
    expect(wrong(await explain(bot.bearer!))).toEqual(['key'])
    expect(wrong(await explain('ak_short'))).toEqual(['shape'])
  })

  it('a verifier key is listed, or is not', async () => {
    expect(await explain(verifierKey)).toMatchObject({ accepted: true, kind: 'verifier key' })
    expect(await explain(`vk_${'z'.repeat(40)}`)).toMatchObject({ accepted: false })
  })

  it.each(['garbage', 'a.b', 'a.b.c.d', 'Bearer a.b.c', ' ', '\u0000'])('%j is nothing', async (token) => {
    const found = await explain(token)
    expect(found).toMatchObject({ accepted: false, kind: 'unknown', steps: [{ step: 'shape', ok: false }] })
  })
})
