import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { operate } from '../../testing/administrator.js'
import { newest, topics } from '../../testing/mailed.js'
import { openSallyport, type Sallyport, type SignedUp } from '../../testing/sallyport.js'
import { pointers, told } from '../../testing/told.js'

let sallyport: Sallyport
let user: SignedUp
let count = 0
beforeAll(async () => {
  sallyport = await openSallyport()
})
afterAll(() => sallyport.close())
beforeEach(async () => {
  user = await proven()
  count += 1
})

const post = (path: string, body: unknown) => sallyport.browser().post(path, body)
const verify = (body: object) => post('/v1/email/verify', body)
const undo = (token: string) => post('/v1/email/undo', { token })
const change = (email: string, tokens: { access_token: string } = user) =>
  sallyport.as(tokens).post('/v1/me/email', { email })
const fresh = (name = 'new') => `${name}${count}@example.com`
const logIn = (identifier: string, password = user.password) => post('/v1/login', { identifier, password })
const me = async (tokens: { access_token: string } = user) => (await sallyport.as(tokens).get('/v1/me')).json

/** Somebody whose address is proven. */
async function proven(fields?: object): Promise<SignedUp> {
  const made = await sallyport.signUp({ ...fields })
  await operate(sallyport, 'users.update', { id: made.user.id, email_verified: true })
  return made
}

/** Changes the address and proves the new one. */
async function changed(to: string, tokens: { access_token: string } = user): Promise<void> {
  const { ticket } = (await change(to, tokens)).json
  const { token } = await newest(sallyport, to)
  const answer = await verify({ token, ticket })
  if (answer.status !== 200) throw new Error(answer.text)
}

describe('a new address', () => {
  it('counts when it is proven with the ticket, and not before', async () => {
    const answer = await change(fresh())
    expect(told(answer)).toBe('202')
    expect(answer.json).toEqual({ expires_in: 600, resend_after: 30, ticket: expect.any(String) })
    expect((await me()).email).toBe(user.email)
    expect(await topics(sallyport, user.email)).toEqual(['verify_email'])
    const { code } = await newest(sallyport, fresh(), 'change_email')
    const done = await verify({ email: fresh(), code, ticket: answer.json.ticket })
    expect(told(done)).toBe('200')
    expect(done.json.user).toMatchObject({ id: user.user.id, email: fresh(), email_verified: true })
    expect(told(await logIn(user.email))).toBe('401 invalid_credentials')
    expect(told(await logIn(fresh()))).toBe('200')
    expect((await me()).email).toBe(fresh())
    expect(sallyport.events).toContain('email.changed')
  })

  it('counts when it is proven with the password, and is kept as it was written', async () => {
    await change(`Ada.New${count}@Example.com`)
    const { token } = await newest(sallyport, `Ada.New${count}@example.com`)
    expect(told(await verify({ token, password: 'wrong password' }))).toBe('401 invalid_credentials')
    expect(told(await verify({ token, password: user.password }))).toBe('200')
    expect((await me()).email).toBe(`Ada.New${count}@example.com`)
    expect(told(await logIn(`ada.new${count}@EXAMPLE.com`))).toBe('200')
  })

  it('is not given to an account by whoever follows the link without knowing of the account', async () => {
    await change(fresh('victim'))
    const { token } = await newest(sallyport, fresh('victim'))
    const answer = await verify({ token })
    expect(told(answer)).toBe('400 invalid_request')
    expect(pointers(answer)).toEqual(['/password'])
    expect((await me()).email).toBe(user.email)
    expect(told(await verify({ token, password: user.password }))).toBe('200')
  })

  it('is the one whose link was followed, of two that were asked for: the newest', async () => {
    const [one, two] = [fresh('one'), fresh('two')]
    const tickets = await Promise.all([one, two].map(async (to) => (await change(to)).json.ticket))
    const proofs = await Promise.all([one, two].map((to) => newest(sallyport, to)))
    const all = proofs.map(({ token }, at) => verify({ token, ticket: tickets[at] }))
    const answers = (await Promise.all(all)).map(told)
    expect([...answers].sort()).toEqual(['200', '401 code_invalid'])
    expect((await me()).email).toBe(answers[0] === '200' ? one : two)
  })

  it('needs a recent proof of who asks, and a token at all', async () => {
    expect(told(await post('/v1/me/email', { email: fresh() }))).toBe('401 token_missing')
    sallyport.clock.advance(301_000)
    const { access_token } = (await post('/v1/refresh', user)).json
    expect(told(await change(fresh(), { access_token }))).toBe('401 step_up_required')
    expect(await topics(sallyport, fresh())).toEqual([])
  })

  it.each(['nobody', 'a@b@c.example', 'a@example.com\r\nbcc: b@example.com', 'a@example.com,b@example.com'])(
    'is refused as %j',
    async (email) => {
      const answer = await change(email)
      expect([told(answer), pointers(answer)]).toEqual(['400 invalid_request', ['/email']])
    },
  )

  it('is refused where it is the account’s already', async () => {
    const answer = await change(user.email.toUpperCase())
    expect([told(answer), pointers(answer)]).toEqual(['400 invalid_request', ['/email']])
  })

  it('is refused where it is proven to be another account’s, also when that happens on the way', async () => {
    const other = await proven()
    expect(told(await change(other.email))).toBe('409 email_taken')
    const { ticket } = (await change(fresh())).json
    const { token } = await newest(sallyport, fresh())
    const faster = await sallyport.signUp({ email: fresh() })
    await operate(sallyport, 'users.update', { id: faster.user.id, email_verified: true })
    expect(told(await verify({ token, ticket }))).toBe('409 email_taken')
    expect((await me()).email).toBe(user.email)
  })

  it('is taken from an account that never proved it, which keeps everything else', async () => {
    const squatter = await sallyport.signUp({ email: fresh(), preferred_username: `squatter${count}` })
    await changed(fresh())
    expect((await me()).email).toBe(fresh())
    const left = await me(squatter)
    expect(left.preferred_username).toBe(`squatter${count}`)
    expect(left).not.toHaveProperty('email')
    expect(told(await logIn(`squatter${count}`, squatter.password))).toBe('200')
    expect(told(await logIn(fresh(), squatter.password))).toBe('401 invalid_credentials')
  })

  it('voids what was on its way to the old one', async () => {
    await post('/v1/password/forgot', { email: user.email })
    await post('/v1/login/code', { email: user.email })
    const reset = await newest(sallyport, user.email, 'reset_password')
    const login = await newest(sallyport, user.email, 'login_code')
    await changed(fresh())
    const { token } = reset
    expect(told(await post('/v1/password/reset', { token, new_password: 'a good new one' }))).toBe(
      '401 code_invalid',
    )
    const { code } = login
    expect(told(await post('/v1/login/code/verify', { email: user.email, code }))).toBe('401 code_invalid')
  })
})

describe('where addresses are proven before they count', () => {
  it('a taken address is answered like a free one, and its holder is told', async () => {
    const strict = await openSallyport({ settings: { 'signup.require-verified': 'true' } })
    const made = async (email: string) => {
      const password = 'correct horse battery'
      const { ticket } = (await strict.browser().post('/v1/signup', { email, password })).json
      const { token } = await newest(strict, email)
      return (await strict.browser().post('/v1/email/verify', { token, ticket })).json
    }
    const ada = await made('ada@example.com')
    await made('bob@example.com')
    const ask = async (email: string) => (await strict.as(ada).post('/v1/me/email', { email })) as never
    const [taken, free] = [await ask('bob@example.com'), await ask('free@example.com')]
    expect([told(taken), told(free)]).toEqual(['202', '202'])
    expect(Object.keys((taken as { json: object }).json)).toEqual(
      Object.keys((free as { json: object }).json),
    )
    expect((await topics(strict, 'bob@example.com'))[0]).toBe('signup_taken')
    expect(await topics(strict, 'free@example.com')).toEqual(['change_email'])
    await strict.close()
  })
})

describe('the old address', () => {
  it('is told, with a link that puts it back for seven days and ends every session', async () => {
    await changed(fresh())
    const { token, link, facts } = await newest(sallyport, user.email, 'email_changed')
    expect(link).toMatch(/^http:\/\/localhost:4400\/undo\?t=/)
    expect(facts).not.toHaveProperty('code')
    expect(facts).toMatchObject({ at: sallyport.clock.now(), ip: '127.0.0.1' })
    const thief = (await logIn(fresh())).json
    sallyport.clock.advance(7 * 86_400_000 - 1)
    const answer = await undo(token)
    expect(told(answer)).toBe('200')
    expect(answer.json).toEqual({ next: 'set_password', ticket: expect.any(String), expires_in: 1800 })
    expect(told(await post('/v1/refresh', thief))).toBe('401 session_ended')
    expect(told(await logIn(user.email))).toBe('401 invalid_credentials')
    expect(told(await logIn(fresh()))).toBe('401 invalid_credentials')
    const { ticket } = answer.json
    expect(told(await post('/v1/password/reset', { ticket, new_password: 'mine once more' }))).toBe('204')
    const back = await logIn(user.email, 'mine once more')
    expect(back.json.user).toMatchObject({ id: user.user.id, email: user.email, email_verified: true })
    expect(told(await undo(token))).toBe('401 code_invalid')
  })

  it('is not put back after seven days', async () => {
    await changed(fresh())
    const { token } = await newest(sallyport, user.email, 'email_changed')
    sallyport.clock.advance(7 * 86_400_000)
    expect(told(await undo(token))).toBe('401 code_invalid')
  })

  it('is put back whatever a thief does afterwards: a password, another address, an undo of their own', async () => {
    await changed(fresh('thief'))
    const { token } = await newest(sallyport, user.email, 'email_changed')
    const passwords = { current_password: user.password, new_password: 'the thief’s own' }
    expect(told(await sallyport.as(user).post('/v1/me/password', passwords))).toBe('204')
    await changed(fresh('second'))
    const own = await newest(sallyport, fresh('thief'), 'email_changed')
    expect(told(await undo(token))).toBe('200')
    expect(told(await undo(own.token))).toBe('401 code_invalid')
    expect((await operate(sallyport, 'users.get', { id: user.user.id })).user.email).toBe(user.email)
    for (const identifier of [user.email, fresh('thief'), fresh('second')])
      expect(told(await logIn(identifier, 'the thief’s own'))).toBe('401 invalid_credentials')
  })

  it('is put back though somebody has signed up with it meanwhile, who never proved it', async () => {
    await changed(fresh())
    const { token } = await newest(sallyport, user.email, 'email_changed')
    await sallyport.signUp({ email: user.email, password: 'squatting here now' })
    expect(told(await undo(token))).toBe('200')
    expect((await operate(sallyport, 'users.get', { id: user.user.id })).user.email).toBe(user.email)
    expect(told(await logIn(user.email, 'squatting here now'))).toBe('401 invalid_credentials')
  })

  it('is not put back where it is proven to be another account’s now', async () => {
    await changed(fresh())
    const { token } = await newest(sallyport, user.email, 'email_changed')
    const later = await sallyport.signUp({ email: user.email })
    await operate(sallyport, 'users.update', { id: later.user.id, email_verified: true })
    expect(told(await undo(token))).toBe('409 email_taken')
    expect((await operate(sallyport, 'users.get', { id: user.user.id })).user.email).toBe(fresh())
  })

  it('gets no undo where nobody had proven it: it may be a stranger’s', async () => {
    user = await sallyport.signUp()
    await changed(fresh())
    expect(await topics(sallyport, user.email)).toEqual(['verify_email'])
  })

  it('is put back for a disabled account too, which stays disabled', async () => {
    const { id } = user.user
    await changed(fresh())
    const { token } = await newest(sallyport, user.email, 'email_changed')
    await operate(sallyport, 'users.disable', { id })
    expect(told(await undo(token))).toBe('200')
    expect((await operate(sallyport, 'users.get', { id })).user.status).toBe('disabled')
  })
})
