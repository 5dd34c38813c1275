import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { operate } from '../../testing/administrator.js'
import { newest } from '../../testing/mailed.js'
import { openSallyport, type Sallyport, type SignedUp } from '../../testing/sallyport.js'
import { pointers, told } from '../../testing/told.js'

let sallyport: Sallyport
let user: SignedUp & { ticket: string }
beforeAll(async () => {
  sallyport = await openSallyport({ settings: { 'limits.message_address.max': '1000' } })
  user = (await sallyport.signUp({ email: 'Ada@example.com' })) as typeof user
})
afterAll(() => sallyport.close())

const post = (path: string, body: unknown) => sallyport.browser().post(path, body)
const look = (token: string) => post('/v1/link', { token })
const inMinutes = (minutes: number) => new Date(sallyport.clock.now() + minutes * 60_000).toISOString()

describe('looking at a link', () => {
  it('says what it is for, of which address, and until when', async () => {
    const { token } = await newest(sallyport, user.email)
    const answer = await look(token)
    expect(told(answer)).toBe('200')
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.json).toEqual({
      purpose: 'verify_email',
      email: user.email,
      expires_at: inMinutes(10),
    })
  })

  it('tells every kind of link', async () => {
    const { email } = user
    await post('/v1/password/forgot', { email })
    const reset = await newest(sallyport, email, 'reset_password')
    expect((await look(reset.token)).json).toEqual({
      purpose: 'reset_password',
      email,
      expires_at: inMinutes(30),
    })
    await post('/v1/login/code', { email })
    const login = await newest(sallyport, email, 'login_code')
    expect((await look(login.token)).json).toEqual({ purpose: 'login', email, expires_at: inMinutes(10) })
    await operate(sallyport, 'users.update', { id: user.user.id, email_verified: true })
    const { ticket } = (await sallyport.as(user).post('/v1/me/email', { email: 'New@example.com' })).json
    const change = await newest(sallyport, 'New@example.com')
    expect((await look(change.token)).json).toMatchObject({
      purpose: 'change_email',
      email: 'New@example.com',
    })
    await post('/v1/email/verify', { token: change.token, ticket })
    const undo = await newest(sallyport, email, 'email_changed')
    expect((await look(undo.token)).json).toEqual({
      purpose: 'undo_email',
      email,
      expires_at: inMinutes(7 * 24 * 60),
    })
  })

  it('uses nothing up, however often it is done, and no GET or HEAD does anything', async () => {
    const other = (await sallyport.signUp()) as typeof user
    const { token } = await newest(sallyport, other.email)
    for (let at = 0; at < 5; at++) {
      expect(told(await look(token))).toBe('200')
      expect(told(await sallyport.browser().get(`/v1/link?token=${token}`))).toBe('405 method_not_allowed')
      const head = await sallyport.server.inject({ method: 'HEAD', url: `/v1/email/verify?token=${token}` })
      expect(head.statusCode).toBe(405)
    }
    expect(told(await post('/v1/email/verify', { token, ticket: other.ticket }))).toBe('200')
    expect(told(await look(token))).toBe('401 code_invalid')
  })

  it('tells nothing of what is over, void or no link', async () => {
    const other = (await sallyport.signUp()) as typeof user
    const { token, code } = await newest(sallyport, other.email)
    for (const wrong of [code, other.ticket, `${token}A`, token.slice(1), token.toLowerCase(), '-'])
      expect([wrong, told(await look(wrong))]).toEqual([wrong, '401 code_invalid'])
    const { id } = other.user
    await operate(sallyport, 'users.set_password', { id, password: 'another good one' })
    expect(told(await look(token))).toBe('401 code_invalid')
    for (const body of [{}, { token: 1 }, { token: '' }])
      expect(pointers(await post('/v1/link', body))).toEqual(['/token'])
  })
})

describe('where links lead', () => {
  it('is the issuer’s pages, whatever a request says of hosts', async () => {
    const hostile = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'gopher',
      forwarded: 'host=evil.example;proto=gopher',
      origin: 'https://evil.example',
      referer: 'https://evil.example/x',
    }
    const proxied = await openSallyport({
      settings: { issuer: 'https://id.example/auth', 'trusted-proxies': '127.0.0.1' },
    })
    const email = 'ada@example.com'
    const ask = (path: string, body: object) => proxied.browser().post(path, body, hostile)
    expect(told(await ask('/v1/signup', { email, password: 'a door behind the ivy' }))).toBe('201')
    await ask('/v1/password/forgot', { email })
    await ask('/v1/login/code', { email })
    await ask('/v1/email/verify/resend', { email })
    const links = (await proxied.mail(email)).map(({ facts }) => String(facts.link).split('=')[0])
    expect(links).toEqual([
      'https://id.example/auth/verify/link?t',
      'https://id.example/auth/sign-in/link?t',
      'https://id.example/auth/reset?t',
      'https://id.example/auth/verify/link?t',
    ])
    expect(JSON.stringify(await proxied.mail())).not.toContain('evil')
    await proxied.close()
  })

  it('can be the application', async () => {
    const own = await openSallyport({
      settings: {
        'links.verify': 'https://app.example/a?step=2&token={token}#top',
        'links.reset': 'com.example.app://reset/{token}',
        'links.login': 'http://localhost:3000/#/in/{token}',
      },
    })
    const { email } = await own.signUp()
    await own.browser().post('/v1/password/forgot', { email })
    await own.browser().post('/v1/login/code', { email })
    const [login, reset, verify] = (await own.mail(email)).map(({ facts }) => String(facts.link))
    expect(verify).toMatch(/^https:\/\/app\.example\/a\?step=2&token=[\w-]{43}#top$/)
    expect(reset).toMatch(/^com\.example\.app:\/\/reset\/[\w-]{43}$/)
    expect(login).toMatch(/^http:\/\/localhost:3000\/#\/in\/[\w-]{43}$/)
    await own.close()
  })

  it.each([
    'https://app.example/verify',
    'https://app.example/{token}/{token}',
    'https://{token}.example/verify',
    'https://app.example:{token}/verify',
    'https://{token}@app.example/verify',
    'http://app.example/verify?t={token}',
    'javascript:alert({token})',
    'data:text/html,{token}',
    'file:///tmp/{token}',
    'com.example.app:/reset/{token}',
    'com.example.app:///{token}',
    'app://reset/{token}',
    '//app.example/{token}',
    '/verify?t={token}',
    'https://app.example/verify?t={token} bcc',
    'https://app.example/"><b>{token}',
    'https:\\\\app.example\\{token}',
    'app.example/{token}',
  ])('cannot be %j, and the start says so', async (template) => {
    await expect(openSallyport({ settings: { 'links.verify': template } })).rejects.toThrow('links.verify')
  })
})
