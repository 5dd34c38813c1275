// Every value that proves something, at every door where another one would: a link, a code or a ticket of one purpose is
// nothing anywhere else.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codes } from '../domain/codes-table.js'
import { operate } from './administrator.js'
import type { Answer } from './browser.js'
import { newest } from './mailed.js'
import { openSallyport, type Sallyport, type SignedUp } from './sallyport.js'
import { told } from './told.js'

const number = '+821012345678'
const next = 'next@example.com'
let sallyport: Sallyport
let user: SignedUp
let waiting: SignedUp & { ticket: string }
/** What was made of each purpose, by the name of its door. */
const values: Record<string, { token?: string; code?: string; ticket?: string }> = {}

const post = (path: string, body: unknown) => sallyport.browser().post(path, body)
const as = (path: string, body: unknown) => sallyport.as(user).post(path, body)

beforeAll(async () => {
  sallyport = await openSallyport({
    settings: {
      'phone.countries': 'KR',
      'limits.code_tries.max': '100000',
      'limits.code_tries_total.max': '100000',
      'limits.message_address.max': '1000',
    },
  })
  waiting = (await sallyport.signUp({ email: 'waiting@example.com' })) as typeof waiting
  user = await sallyport.signUp({ email: 'user@example.com' })
  await operate(sallyport, 'users.update', { id: user.user.id, email_verified: true })
  await moved()
  await everything()
})
afterAll(() => sallyport.close())

/** The address is changed and changed back: an undo lies in a mailbox, and a ticket for a password in a browser. */
async function moved(): Promise<void> {
  const { ticket } = (await as('/v1/me/email', { email: 'moved@example.com' })).json
  const { token } = await newest(sallyport, 'moved@example.com')
  await post('/v1/email/verify', { token, ticket })
  const undo = await newest(sallyport, user.email, 'email_changed')
  values['email.undo'] = { token: undo.token }
}

async function everything(): Promise<void> {
  const email = 'moved@example.com'
  await post('/v1/password/forgot', { email })
  values['password.reset'] = await newest(sallyport, email, 'reset_password')
  const login = (await post('/v1/login/code', { email })).json
  values['code.verify'] = { ...(await newest(sallyport, email, 'login_code')), ticket: login.ticket }
  await as('/v1/me/phone', { phone_number: number })
  values['phone.verify'] = { code: (await newest(sallyport, number)).code }
  const change = (await as('/v1/me/email', { email: next })).json
  values['email.verify (change)'] = { ...(await newest(sallyport, next)), ticket: change.ticket }
  values['email.verify'] = { ...(await newest(sallyport, waiting.email)), ticket: waiting.ticket }
  const claimed = await sallyport.signUp({ email: 'claimed@example.com' })
  const claim = await newest(sallyport, claimed.email)
  const { ticket } = (await post('/v1/email/verify', { token: claim.token })).json
  values['password.reset (ticket)'] = { ticket }
}

const fresh = 'a gate beneath the oak'
const addresses = ['moved@example.com', 'waiting@example.com', 'claimed@example.com', next]
const password = 'correct horse battery'

/** Every way to present a value at a door, to every address that something was sent to. */
const doors: Record<string, (value: string) => Promise<Answer>[]> = {
  'email.verify': (value) => [
    post('/v1/email/verify', { token: value, ticket: value }),
    post('/v1/email/verify', { token: value }),
    ...addresses.map((email) => post('/v1/email/verify', { email, code: value, ticket: value })),
  ],
  'email.undo': (value) => [post('/v1/email/undo', { token: value })],
  'password.reset': (value) => [
    post('/v1/password/reset', { token: value, new_password: fresh }),
    post('/v1/password/reset', { ticket: value, new_password: fresh }),
    ...addresses.map((email) => post('/v1/password/reset', { email, code: value, new_password: fresh })),
  ],
  'code.verify': (value) => [
    post('/v1/login/code/verify', { token: value, ticket: value }),
    ...addresses.map((email) => post('/v1/login/code/verify', { email, code: value })),
    post('/v1/login/code/verify', { phone_number: number, code: value }),
  ],
  'phone.verify': (value) => [as('/v1/me/phone/verify', { code: value })],
}

const kinds = [
  ['email.verify', ['token', 'code', 'ticket']],
  ['email.verify (change)', ['token', 'code', 'ticket']],
  ['email.undo', ['token']],
  ['password.reset', ['token', 'code']],
  ['password.reset (ticket)', ['ticket']],
  ['code.verify', ['token', 'code', 'ticket']],
  ['phone.verify', ['code']],
] as const
const matrix = kinds.flatMap(([kind, names]) =>
  names.flatMap((name) =>
    Object.keys(doors)
      .filter((door) => name === 'ticket' || door !== kind.split(' ')[0])
      .filter((door) => !(kind === 'password.reset (ticket)' && door === 'password.reset'))
      .map((door) => [kind, name, door] as const),
  ),
)

describe('what proves one thing proves nothing else', () => {
  it.each(matrix)('%s: its %s at %s', async (kind, name, door) => {
    const value = values[kind]![name as 'token']
    expect(value).toMatch(/^(\d{6}|[\w-]{43})$/)
    // Five tries of a code are soon gone, and then a wrong door would look like a wrong code.
    await sallyport.server.context.store.update(codes, {}, { tries: 0 })
    for (const answer of doors[door]!(value!)) expect(told(await answer)).toBe('401 code_invalid')
  })

  it('and is no token of a session, no refresh token, no setup link', async () => {
    for (const { token, code, ticket } of Object.values(values))
      for (const value of [token, code, ticket].filter((one) => one !== undefined)) {
        expect(told(await sallyport.as({ access_token: value }).get('/v1/me'))).toBe(
          '401 access_token_invalid',
        )
        expect(told(await post('/v1/refresh', { refresh_token: value }))).toBe('401 refresh_token_invalid')
        const setup = { token: value, email: 'root@example.com', password }
        expect(told(await post('/v1/setup', setup))).toBe('401 code_invalid')
      }
  })

  it('while at its own door every one of them is still good', async () => {
    const { token, ticket } = values['code.verify']!
    expect(told(await post('/v1/login/code/verify', { token, ticket }))).toBe('200')
    const verify = values['email.verify']!
    expect(told(await post('/v1/email/verify', { token: verify.token, ticket: verify.ticket }))).toBe('200')
    const mine = { ticket: values['password.reset (ticket)']!.ticket, new_password: fresh }
    expect(told(await post('/v1/password/reset', mine))).toBe('204')
    const change = values['email.verify (change)']!
    expect(told(await post('/v1/link', { token: change.token }))).toBe('200')
    const { token: reset } = values['password.reset']!
    expect(told(await post('/v1/password/reset', { token: reset, new_password: fresh }))).toBe('204')
    expect(told(await post('/v1/email/undo', { token: values['email.undo']!.token }))).toBe('200')
  })
})
