import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codes } from '../../domain/codes-table.js'
import { newest, otherThan, topics } from '../../testing/mailed.js'
import { plainWire, said } from '../../testing/plain-wire.js'
import { openSallyport, type Sallyport } from '../../testing/sallyport.js'
import { told } from '../../testing/told.js'

const password = 'correct horse battery'
const front = 'https://app.example/shop'
let sallyport: Sallyport
let made = 0
beforeAll(async () => {
  const mail = {
    verify_email: { page: '/confirm?token=', link: 1440, code: 15 },
    reset_password: { page: '/reset#', link: 720 },
    codes: 'letters',
  } as const
  sallyport = await openSallyport({
    contracts: [plainWire({ confirm: 'email', mail })],
    settings: { 'contract-pages': `${front}/`, 'limits.message_address.max': '1000' },
  })
})
afterAll(() => sallyport.close())

const post = (path: string, body: object) => sallyport.browser().post(path, body)
const confirm = (body: object) => post('/w/email.confirm', body)
const logIn = (identifier: string) => post('/w/login', { identifier, password })
/** A new account that waits, and what was sent to it. */
async function waiting() {
  made += 1
  const email = `waiting${made}@example.com`
  await post('/w/signup.register', { email, password })
  const { code, link, facts } = await newest(sallyport, email)
  return { email, code, link, facts, token: link.slice(`${front}/confirm?token=`.length) }
}

describe('a confirmation', () => {
  it('by the link keeps the password, and signs nobody in', async () => {
    const { email, token } = await waiting()
    const answer = await confirm({ proof: token })
    expect([said(answer), answer.json.user.email_verified]).toEqual(['200', true])
    expect(answer.text).not.toMatch(/_token|ticket/)
    expect(said(await logIn(email))).toBe('200')
    expect(said(await confirm({ proof: token }))).toBe('401 code_invalid')
  })

  it('by the code needs the address, in any letter case and spelling', async () => {
    const { email, code } = await waiting()
    expect(code).toMatch(/^[ACDEFGHJKMNPQRTVWXY34679]{8}$/)
    expect(said(await confirm({ proof: code }))).toBe('401 code_invalid')
    const typed = ` ${code.slice(0, 4).toLowerCase()}-${code.slice(4)}`
    expect(said(await confirm({ email: email.toUpperCase(), proof: typed }))).toBe('200')
    expect(said(await confirm({ email, proof: code }))).toBe('401 code_invalid')
    expect(said(await logIn(email))).toBe('200')
  })

  it('by the link of another address is refused, and uses nothing up', async () => {
    const [one, other] = [await waiting(), await waiting()]
    expect(said(await confirm({ email: other.email, proof: one.token }))).toBe('401 code_invalid')
    expect(said(await confirm({ email: 'no address', proof: one.token }))).toBe('400 invalid_request email')
    expect(said(await confirm({ email: one.email, proof: one.token }))).toBe('200')
  })

  it('has five tries, and ends with what was sent again', async () => {
    const { email, code, token } = await waiting()
    for (let at = 0; at < 5; at++)
      expect(said(await confirm({ email, proof: 'AAAAAAAA' }))).toBe('401 code_invalid')
    expect(said(await confirm({ email, proof: code }))).toBe('401 code_invalid')
    const { json } = await post('/w/email.resend', { email })
    expect(json.expires_in).toBe(86_400)
    expect(said(await confirm({ proof: token }))).toBe('401 code_invalid')
    const fresh = await newest(sallyport, email)
    expect(said(await confirm({ email, proof: fresh.code }))).toBe('200')
  })

  it('of a code is over after its fifteen minutes, of a link after its day', async () => {
    const { email, code, token, facts } = await waiting()
    expect(facts.minutes).toBe(15)
    sallyport.clock.advance(15 * 60_000)
    expect(said(await confirm({ email, proof: code }))).toBe('401 code_invalid')
    sallyport.clock.advance(1425 * 60_000 - 1)
    expect(said(await confirm({ proof: token }))).toBe('200')
    const late = await waiting()
    sallyport.clock.advance(1440 * 60_000)
    expect(said(await confirm({ proof: late.token }))).toBe('401 code_invalid')
  })

  it('of fifty at once succeeds once', async () => {
    const { token } = await waiting()
    const all = await Promise.all(Array.from({ length: 50 }, () => confirm({ proof: token })))
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(new Set(all.map(said))).toEqual(new Set(['200', '401 code_invalid']))
  })

  it('takes nothing that was sent for another purpose', async () => {
    const { email } = await waiting()
    await post('/w/password.forgot', { email })
    const { code, link } = await newest(sallyport, email, 'reset_password')
    expect(link.startsWith(`${front}/reset#`)).toBe(true)
    expect(said(await confirm({ email, proof: code }))).toBe('401 code_invalid')
    expect(said(await confirm({ proof: link.split('#')[1] }))).toBe('401 code_invalid')
  })
})

describe('a message that a contract has a page for', () => {
  it('leads there from every operation, and to ours from the native contract', async () => {
    const { email, link } = await waiting()
    expect(link).toMatch(/^https:\/\/app\.example\/shop\/confirm\?token=[\w-]{43}$/)
    await logIn(email)
    expect(await topics(sallyport, email)).toEqual(['verify_email', 'verify_email'])
    expect((await newest(sallyport, email)).link).toContain(`${front}/confirm?token=`)
    await post('/v1/email/verify/resend', { email })
    const native = await newest(sallyport, email)
    expect(native.link).toMatch(/^http:\/\/localhost:4400\/verify\/link\?t=/)
    expect(native.code).toMatch(/^\d{6}$/)
    expect(told(await post('/v1/email/verify', { email, code: otherThan(native.code) }))).toBe(
      '401 code_invalid',
    )
  })

  it('is good as long as the contract says, the code with it where it says no more', async () => {
    const { email } = await waiting()
    expect((await post('/w/password.forgot', { email })).json.expires_in).toBe(43_200)
    const { code } = await newest(sallyport, email, 'reset_password')
    sallyport.clock.advance(720 * 60_000 - 1)
    const reset = { email, code, new_password: 'a gate beneath the oak' }
    expect(said(await post('/w/password.reset', reset))).toBe('200')
  })

  it('leads to us where no front end is set', async () => {
    const mail = { verify_email: { page: '/confirm?token=' } }
    const server = await openSallyport({ contracts: [plainWire({ mail })] })
    await server.browser().post('/w/signup.register', { email: 'ada@example.com', password })
    const { link, code, facts } = await newest(server, 'ada@example.com')
    expect(link).toMatch(/^http:\/\/localhost:4400\/confirm\?token=[\w-]{43}$/)
    expect(code).toMatch(/^\d{6}$/)
    expect(facts.minutes).toBe(10)
    await server.close()
  })
})

it('a code that is stored without an end of its own ends with its link', async () => {
  const { email, code } = await waiting()
  await sallyport.server.context.store.update(codes, {}, { code_ends_at: null })
  sallyport.clock.advance(20 * 60_000)
  expect(said(await confirm({ email, proof: code }))).toBe('200')
})

it.each(['http://app.example', 'https://app.example/?a=b', 'https://u:p@app.example', 'ftp://app.example'])(
  'no front end is %j',
  async (pages) => {
    await expect(openSallyport({ settings: { 'contract-pages': pages } })).rejects.toThrow('contract')
  },
)
