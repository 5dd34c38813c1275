import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { operate } from '../testing/administrator.js'
import { openSallyport, type Sallyport, type SignedUp, withDatabaseFile } from '../testing/sallyport.js'
import { told } from '../testing/told.js'
import { browserName } from './browser-name.js'
import type { Message } from './outbox.js'

const day = 86_400_000
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1'
let sallyport: Sallyport
let ada: SignedUp & { device_token: string }
beforeEach(async () => {
  sallyport = await openSallyport()
  ada = await verified(sallyport)
})
afterEach(() => sallyport.close())

async function verified(at: Sallyport): Promise<SignedUp & { device_token: string }> {
  const user = await at.signUp({ email: 'ada@example.com', name: 'Ada', locale: 'ko' })
  await operate(at, 'users.update', { id: user.user.id, email_verified: true })
  return user as SignedUp & { device_token: string }
}
const logIn = (more: object = {}, agent = firefox, at = sallyport) =>
  at
    .browser()
    .post('/v1/login', { identifier: ada.email, password: ada.password, ...more }, { 'user-agent': agent })
async function sent(topic: Message['topic'], at = sallyport): Promise<Message[]> {
  await at.server.context.notices.settled()
  return (await at.mail()).filter((message) => message.topic === topic)
}

describe('a new device', () => {
  it('is told to the owner: when, from where and with which browser', async () => {
    expect(told(await logIn())).toBe('200')
    const [mail, ...others] = await sent('new_device')
    expect(others).toEqual([])
    expect(mail).toMatchObject({
      channel: 'email',
      to: 'ada@example.com',
      userId: ada.user.id,
      locale: 'ko',
      facts: {
        name: 'Ada',
        at: sallyport.clock.now(),
        ip: '127.0.0.1',
        user_agent: 'Firefox on Linux',
        link: 'http://localhost:4400/account/sessions',
      },
    })
  })

  it('is not the one that the account was made on, nor one that signed in before', async () => {
    expect(told(await logIn({ device_token: ada.device_token }))).toBe('200')
    expect(await sent('new_device')).toEqual([])
    const { device_token } = (await logIn({}, safari)).json
    expect(await sent('new_device')).toHaveLength(1)
    // By then the first message is forgotten; none has come since.
    sallyport.clock.advance(40 * day)
    expect(told(await logIn({ device_token }, firefox))).toBe('200')
    expect(await sent('new_device')).toEqual([])
  })

  it('is told once, however often it signs in without the token that it was given', async () => {
    for (let at = 0; at < 3; at++) await logIn()
    await Promise.all(Array.from({ length: 5 }, () => logIn({}, safari)))
    const agents = (await sent('new_device')).map(({ facts }) => facts.user_agent)
    expect(agents.sort()).toEqual(['Firefox on Linux', 'Safari on iPhone'])
    sallyport.clock.advance(30 * day)
    await logIn()
    expect(await sent('new_device')).toHaveLength(1)
  })

  it('is not told where the token is another account’s', async () => {
    const eve = (await sallyport.signUp()) as SignedUp & { device_token: string }
    await logIn({ device_token: eve.device_token })
    expect(await sent('new_device')).toHaveLength(1)
  })

  it('is not the first one that anybody signs in on', async () => {
    const password = 'a door behind the ivy'
    const made = { email: 'ada2@example.com', email_verified: true, password }
    await operate(sallyport, 'users.create', made)
    const body = { identifier: made.email, password }
    expect(told(await sallyport.browser().post('/v1/login', body))).toBe('200')
    expect(await sent('new_device')).toEqual([])
    await sallyport.browser().post('/v1/login', body)
    expect(await sent('new_device')).toHaveLength(1)
  })

  it('is told of by nothing that failed', async () => {
    expect(told(await logIn({ password: 'a wrong guess' }))).toBe('401 invalid_credentials')
    expect(await sent('new_device')).toEqual([])
  })

  it('stands in the audit log with the session', async () => {
    await logIn()
    await logIn({ device_token: ada.device_token })
    const { items } = await operate(sallyport, 'audit.list', { event: 'login.succeeded' })
    expect(items.map(({ details }: { details: object }) => details)).toEqual([
      { contract: 'native' },
      { contract: 'native', device: 'new' },
    ])
    expect(await operate(sallyport, 'audit.list', { event: 'session.created' })).toMatchObject({
      items: [{ details: { contract: 'native' } }],
    })
  })

  it('is told of before the server has closed, though the answer did not wait for it', async () => {
    await withDatabaseFile(async (settings) => {
      const secret = { current: randomBytes(32) }
      const first = await openSallyport({ settings, secret })
      const { password } = await verified(first)
      expect(told(await logIn({ password }, firefox, first))).toBe('200')
      await first.close()
      const second = await openSallyport({ settings, secret })
      expect(await sent('new_device', second)).toHaveLength(1)
      await second.close()
    })
  })
})

describe('the reuse of a refresh token', () => {
  it('is told to the owner, once, with who showed the copy', async () => {
    const next = await sallyport.browser().post('/v1/refresh', ada)
    sallyport.clock.advance(20_000)
    const thief = () => sallyport.browser().post('/v1/refresh', ada, { 'user-agent': safari })
    for (const answer of await Promise.all([thief(), thief(), thief()])) expect(answer.status).toBe(401)
    expect(told(await sallyport.browser().post('/v1/refresh', next.json))).toBe('401 session_ended')
    const mails = await sent('session_reuse')
    expect(mails).toHaveLength(1)
    expect(mails[0]).toMatchObject({ to: ada.email, facts: { user_agent: 'Safari on iPhone' } })
  })
})

describe('a change of the password', () => {
  const change = (user = ada, current_password = ada.password) =>
    sallyport.as(user).post('/v1/me/password', { current_password, new_password: 'a door behind the ivy' })

  it('is told to the owner, and a wrong one is not', async () => {
    expect(told(await change(ada, 'a wrong guess'))).toBe('401 invalid_credentials')
    expect(await sent('password_changed')).toEqual([])
    expect(told(await change())).toBe('204')
    expect(await sent('password_changed')).toMatchObject([{ to: ada.email, facts: { ip: '127.0.0.1' } }])
  })

  it('by whoever has the machine is told without a word of who that is', async () => {
    await operate(sallyport, 'users.set_password', { id: ada.user.id, password: 'a door behind the ivy' })
    const [mail] = await sent('password_changed')
    expect(mail?.facts).toEqual({ name: 'Ada', at: sallyport.clock.now() })
  })
})

describe('notices', () => {
  const all = ['new_device', 'password_changed', 'session_reuse']
  const notices = async (at: Sallyport) => (await at.mail()).filter(({ topic }) => all.includes(topic))
  const everything = async (at: Sallyport, user: SignedUp) => {
    await at.browser().post('/v1/login', { identifier: user.email, password: user.password })
    await at.browser().post('/v1/refresh', user)
    at.clock.advance(20_000)
    await at.browser().post('/v1/refresh', user)
    const { email: identifier, password } = user
    const { access_token } = (await at.browser().post('/v1/login', { identifier, password })).json
    const body = { current_password: password, new_password: 'a door behind the ivy' }
    expect(told(await at.as({ access_token }).post('/v1/me/password', body))).toBe('204')
    await at.server.context.notices.settled()
    return (await notices(at)).map(({ topic }) => topic).sort()
  }

  it('go to nobody at an address that was never proved', async () => {
    expect(await everything(sallyport, await sallyport.signUp())).toEqual([])
    expect(await everything(sallyport, ada)).toEqual(all)
  })

  it.each(all)('can be switched off one by one: %s', async (topic) => {
    const settings = { [`notices.${topic}`]: 'false', 'links.sessions': 'https://app.example/sessions' }
    const quiet = await openSallyport({ settings })
    expect(await everything(quiet, await verified(quiet))).toEqual(all.filter((one) => one !== topic))
    for (const { topic, facts } of await notices(quiet))
      expect(facts.link).toBe(topic === 'password_changed' ? undefined : 'https://app.example/sessions')
    await quiet.close()
  })
})

it.each([
  [firefox, 'Firefox on Linux'],
  [safari, 'Safari on iPhone'],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36',
    'Chrome on Windows',
  ],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/140.0 Safari/537.36 Edg/140.0', 'Edge on macOS'],
  [
    'Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 SamsungBrowser/28.0 Chrome/130.0',
    'Samsung Internet on Android',
  ],
  ['curl/8.5.0', 'curl/8.5.0'],
  ['<a href="https://evil.example">', 'unknown'],
  ['', 'unknown'],
])('the browser of %s is shown as %s', (agent, shown) => {
  expect(browserName(agent)).toBe(shown)
})
