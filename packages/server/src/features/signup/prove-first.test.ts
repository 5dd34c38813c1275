import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codes } from '../../domain/codes-table.js'
import { outbox, users } from '../../domain/tables.js'
import { operate } from '../../testing/administrator.js'
import type { Answer } from '../../testing/browser.js'
import { newest, topics } from '../../testing/mailed.js'
import { openSallyport, type Sallyport } from '../../testing/sallyport.js'
import { claimsOf, pointers, told } from '../../testing/told.js'

let sallyport: Sallyport
beforeAll(async () => {
  sallyport = await openSallyport({
    settings: { 'signup.require-verified': 'true', 'signup.identifiers': 'email,username' },
  })
})
afterAll(() => sallyport.close())

const password = 'correct horse battery'
const post = (path: string, body: unknown) => sallyport.browser().post(path, body)
const signUp = (email: string, more: object = {}) => post('/v1/signup', { email, password, ...more })
const logIn = (identifier: string, given = password) => post('/v1/login', { identifier, password: given })
const verify = (body: object) => post('/v1/email/verify', body)
/** What an observer can compare. */
const seen = ({ status, headers, json, setCookies }: Answer) => {
  const { date: _date, 'x-request-id': _id, ...others } = headers
  const { ticket, email, ...body } = json
  return { status, setCookies, others, body, ticket: ticket?.length, email: email?.length }
}

describe('where addresses are proven first, a sign-up', () => {
  it('answers what comes next, without tokens or cookies', async () => {
    const answer = await signUp('Ada@example.com', { transport: 'cookie' })
    expect(told(answer)).toBe('202')
    expect(answer.json).toEqual({
      next: 'verify_email',
      email: 'Ada@example.com',
      ticket: expect.stringMatching(/^[\w-]{43}$/),
      expires_in: 600,
      resend_after: 30,
    })
    expect(answer.setCookies).toEqual([])
    const { ticket } = answer.json
    const { code } = await newest(sallyport, 'Ada@example.com')
    const done = await verify({ email: 'ada@example.com', code, ticket })
    expect(told(done)).toBe('200')
    expect(done.json.user.email_verified).toBe(true)
    expect(told(await logIn('ada@example.com'))).toBe('200')
  })

  it('makes an account that nobody enters before that', async () => {
    await signUp('held@example.com')
    expect(told(await logIn('held@example.com', 'wrong password'))).toBe('401 invalid_credentials')
    const answer = await logIn('held@example.com')
    expect(told(answer)).toBe('403 email_not_verified')
    expect(answer.text).not.toContain('token')
    expect(await topics(sallyport, 'held@example.com')).toEqual(['verify_email', 'verify_email'])
    for (let at = 0; at < 9; at++)
      expect(told(await logIn('held@example.com'))).toBe('403 email_not_verified')
    expect(await topics(sallyport, 'held@example.com')).toHaveLength(5)
    const { code } = await newest(sallyport, 'held@example.com')
    const done = await verify({ email: 'held@example.com', code, password })
    expect([told(done), claimsOf(done.json.access_token).amr]).toEqual(['200', ['pwd']])
  })

  it('is answered alike for an address that is taken, proven or not, and for one of a disabled account', async () => {
    await signUp('waiting@example.com')
    const made = (await signUp('proven1@example.com')).json
    const { token } = await newest(sallyport, 'proven1@example.com')
    await verify({ token, ticket: made.ticket })
    await signUp('disable@example.com')
    const id = (await operate(sallyport, 'users.list', { search: 'disable@' })).items[0].id
    await operate(sallyport, 'users.disable', { id })
    const fresh = seen(await signUp('unknown@example.com'))
    const before = await sallyport.server.context.store.count(users, {})
    for (const email of ['waiting@example.com', 'Proven1@EXAMPLE.com', 'disable@example.com'])
      expect({ ...seen(await signUp(email)), email: fresh.email }).toEqual(fresh)
    expect(await sallyport.server.context.store.count(users, {})).toBe(before)
    expect((await topics(sallyport, 'waiting@example.com'))[0]).toBe('signup_taken')
    expect((await topics(sallyport, 'proven1@example.com'))[0]).toBe('signup_taken')
    expect(await topics(sallyport, 'disable@example.com')).toEqual(['verify_email'])
  })

  it('does not void what was sent to whoever waits at the address', async () => {
    const { ticket } = (await signUp('waits@example.com')).json
    const { token } = await newest(sallyport, 'waits@example.com')
    const stranger = (await signUp('waits@example.com', { password: 'a stranger’s own' })).json
    expect(told(await verify({ token, ticket: stranger.ticket }))).toBe('401 code_invalid')
    expect(told(await verify({ token, ticket }))).toBe('200')
    expect(told(await logIn('waits@example.com', 'a stranger’s own'))).toBe('401 invalid_credentials')
    expect(told(await logIn('waits@example.com'))).toBe('200')
  })

  it('of somebody else with my address leaves them nothing once I prove it', async () => {
    const attacker = (await signUp('victim@example.com', { password: 'the attacker’s own' })).json
    await post('/v1/email/verify/resend', { email: 'victim@example.com' })
    const { token } = await newest(sallyport, 'victim@example.com')
    const mine = (await verify({ token })).json
    expect(mine.next).toBe('set_password')
    expect(told(await verify({ token, ticket: attacker.ticket }))).toBe('401 code_invalid')
    expect(told(await logIn('victim@example.com', 'the attacker’s own'))).toBe('401 invalid_credentials')
    const { ticket } = mine
    expect(told(await post('/v1/password/reset', { ticket, new_password: password }))).toBe('204')
    expect(told(await logIn('victim@example.com'))).toBe('200')
  })

  it('takes no username beside the address: whether it is kept would tell whether the address is new', async () => {
    await signUp('named@example.com')
    for (const email of ['named@example.com', 'other@example.com']) {
      const answer = await signUp(email, { preferred_username: 'named' })
      expect(told(answer)).toBe('400 invalid_request')
      expect(answer.json.errors[0].pointer).toBe('/preferred_username')
    }
  })

  it('refuses a weak password whether or not the address is taken', async () => {
    for (const email of ['named@example.com', 'other2@example.com'])
      expect(told(await signUp(email, { password: 'short' }))).toBe('422 password_too_short')
  })

  it('needs an address', async () => {
    const answer = await post('/v1/signup', { preferred_username: 'nomail', password })
    expect([told(answer), pointers(answer)]).toEqual(['400 invalid_request', ['/email']])
  })

  it('with one address fifty times at once makes one account, and all are answered alike', async () => {
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, at) => signUp(at % 2 ? 'crowd@x.example' : 'CROWD@x.example')),
    )
    // Beyond what a machine can hash in two seconds it says so, to whoever asks.
    expect(all.map(told).filter((one) => one !== '503 overloaded')).toContain('202')
    expect(new Set(all.map(told).filter((one) => one !== '503 overloaded')).size).toBe(1)
    const found = await operate(sallyport, 'users.list', { search: 'crowd@x.example' })
    expect(found.items).toHaveLength(1)
    expect(await topics(sallyport)).toContain('verify_email')
  })

  it('leaves nothing readable of a taken address: what is vain goes with the next sweep', async () => {
    await sallyport.server.upkeep()
    const { store } = sallyport.server.context
    const before = [await store.count(codes, {}), await store.count(outbox, {})]
    await post('/v1/password/forgot', { email: 'nobody-at-all@example.com' })
    const after = [await store.count(codes, {}), await store.count(outbox, {})]
    expect(after).toEqual([before[0]! + 1, before[1]])
    const row = (await store.list(codes, { limit: 1000 })).find(({ user_id }) => user_id === null)
    expect(row).toMatchObject({ address: null, shown: null })
    expect(JSON.stringify(row)).not.toContain('nobody-at-all')
  })
})

it('the first administrator is let in by the link on the machine, and proves the address like everybody', async () => {
  const { token } = await operate(sallyport, 'setup.link')
  const root = { token, email: 'root@example.com', password: 'keeper of all the keys' }
  expect(told(await post('/v1/setup', root))).toBe('200')
  expect(told(await logIn('root@example.com', root.password))).toBe('403 email_not_verified')
  const { code } = await newest(sallyport, 'root@example.com')
  const done = await verify({ email: 'root@example.com', code, password: root.password })
  expect(told(done)).toBe('200')
  expect(done.json.user.roles).toEqual(['admin'])
})
