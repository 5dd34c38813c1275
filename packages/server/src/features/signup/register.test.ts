import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { users } from '../../domain/tables.js'
import { topics } from '../../testing/mailed.js'
import { plainWire, said } from '../../testing/plain-wire.js'
import { openSallyport, type Sallyport } from '../../testing/sallyport.js'
import { told } from '../../testing/told.js'

const password = 'correct horse battery'
let held: Sallyport
let open: Sallyport
beforeAll(async () => {
  held = await openSallyport({ contracts: [plainWire({ confirm: 'email' })] })
  open = await openSallyport({
    contracts: [plainWire({ confirm: 'none' })],
    settings: { 'signup.require-verified': 'true' },
  })
})
afterAll(() => Promise.all([held.close(), open.close()]))

const post = (sallyport: Sallyport, path: string, body: object) => sallyport.browser().post(path, body)

describe('an account that is registered', () => {
  it('is made without a session, and told as the contract shows users', async () => {
    const body = { email: 'Ada@example.com', password, name: 'Ada', roles: ['admin'], email_verified: true }
    const answer = await post(open, '/w/signup.register', body)
    expect(said(answer)).toBe('200')
    expect(answer.json.user).toMatchObject({ email: 'Ada@example.com', email_verified: false, name: 'Ada' })
    expect(answer.json.user.roles).toEqual([])
    expect(answer.text).not.toMatch(/token|ticket/)
    expect(answer.setCookies).toEqual([])
    expect(open.events.filter((name) => name.startsWith('session'))).toEqual([])
    expect(await topics(open, 'Ada@example.com')).toEqual(['verify_email'])
  })

  it('is told when it is taken, and nothing is left of the second one', async () => {
    const first = { email: 'taken@example.com', preferred_username: 'taken', password }
    expect(said(await post(held, '/w/signup.register', first))).toBe('200')
    const before = await held.server.context.store.count(users, {})
    const again = { email: 'TAKEN@example.com', password }
    expect(said(await post(held, '/w/signup.register', again))).toBe('409 email_taken')
    const named = { email: 'other@example.com', preferred_username: 'taken', password }
    expect(said(await post(held, '/w/signup.register', named))).toBe('409 username_taken')
    expect(await held.server.context.store.count(users, {})).toBe(before)
    expect(await topics(held, 'other@example.com')).toEqual([])
  })

  it('keeps to the rules of sign-up: passwords, identifiers, whether it is open', async () => {
    const short = { email: 'short@example.com', password: 'short' }
    expect(said(await post(held, '/w/signup.register', short))).toBe('422 password_too_short password')
    expect(said(await post(held, '/w/signup.register', { preferred_username: 'x', password }))).toBe(
      '400 invalid_request email',
    )
    const closed = await openSallyport({ contracts: [plainWire()], settings: { 'signup.open': 'false' } })
    const body = { email: 'closed@example.com', password }
    expect(said(await post(closed, '/w/signup.register', body))).toBe('403 forbidden')
    await closed.close()
  })
})

describe('whether an address is proven first', () => {
  it('is the contract’s to say: held there, and free on the native one', async () => {
    const body = { email: 'held@example.com', password }
    await post(held, '/w/signup.register', body)
    const identifier = body.email
    expect(said(await post(held, '/w/login', { identifier, password: 'a wrong password' }))).toBe(
      '401 invalid_credentials',
    )
    expect(said(await post(held, '/w/login', { identifier, password }))).toBe('403 email_not_verified')
    expect(told(await post(held, '/v1/login', { identifier, password }))).toBe('200')
  })

  it('is not asked where the contract says none, whatever the setting says', async () => {
    const body = { email: 'none@example.com', password }
    const answer = await post(open, '/w/signup', body)
    expect([said(answer), typeof answer.json.access_token]).toEqual(['200', 'string'])
    expect(said(await post(open, '/w/login', { identifier: body.email, password }))).toBe('200')
    expect(told(await post(open, '/v1/login', { identifier: body.email, password }))).toBe(
      '403 email_not_verified',
    )
  })

  it('is asked of a sign-up on a contract that says email', async () => {
    const answer = await post(held, '/w/signup', { email: 'first@example.com', password })
    expect([answer.status, answer.json]).toEqual([202, { next: 'verify_email' }])
  })
})
