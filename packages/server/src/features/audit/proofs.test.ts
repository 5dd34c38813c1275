// What is told of proofs: who did it, to whom, and whether it worked.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { machine } from '../../testing/administrator.js'
import type { Browser } from '../../testing/browser.js'
import { newest } from '../../testing/mailed.js'
import { openSallyport, type Sallyport } from '../../testing/sallyport.js'
import { told } from '../../testing/told.js'

const password = 'a door behind the ivy'
let sallyport: Sallyport
let strict: Sallyport
const readers = new Map<Sallyport, Browser>()
beforeAll(async () => {
  const settings = { 'phone.countries': 'KR', 'limits.message_address.max': '3' }
  sallyport = await openSallyport({ settings })
  strict = await openSallyport({ settings: { ...settings, 'signup.require-verified': 'true' } })
  for (const one of [sallyport, strict]) readers.set(one, await machine(one, 'audit:read'))
})
afterAll(() => Promise.all([sallyport.close(), strict.close()]))

async function newestEntry(event: string, of = sallyport): Promise<Record<string, unknown>> {
  await of.server.context.audit.settled()
  const answer = await readers.get(of)!.get(`/v1/admin/audit?event=${event}&limit=1`)
  expect(told(answer)).toBe('200')
  return answer.json.items[0]
}
const post = (path: string, body: object, of = sallyport) => of.browser().post(path, body)

it('a wrong code is a failure of a stranger, with whose code it was', async () => {
  const user = await sallyport.signUp()
  await post('/v1/email/verify', { email: user.email, code: '1234567' })
  expect(await newestEntry('code.failed')).toMatchObject({
    outcome: 'failure',
    actor: 'stranger',
    user_id: user.user.id,
    ip: '127.0.0.1',
    details: { purpose: 'verify_email' },
  })
  await post('/v1/email/verify', { email: 'nobody@example.com', code: '1234567' })
  expect(await newestEntry('code.failed')).not.toHaveProperty('user_id')
})

it('a proven address is its owner’s doing, and so is what it leaves behind', async () => {
  const user = await sallyport.signUp()
  const { token } = await newest(sallyport, user.email)
  await post('/v1/email/verify', { token })
  for (const event of ['email.verified', 'user.claimed', 'sessions.ended'])
    expect(await newestEntry(event)).toMatchObject({
      outcome: 'success',
      actor: 'user',
      actor_id: user.user.id,
      user_id: user.user.id,
    })
})

it('a number that was taken and given up is told', async () => {
  const user = await sallyport.signUp()
  const own = sallyport.as(user)
  const number = '+821012345678'
  await own.post('/v1/me/phone', { phone_number: number })
  await own.post('/v1/me/phone/verify', { code: (await newest(sallyport, number)).code })
  await own.send('DELETE', '/v1/me/phone')
  for (const event of ['phone.changed', 'phone.removed'])
    expect(await newestEntry(event)).toMatchObject({ outcome: 'success', user_id: user.user.id })
  expect(JSON.stringify(await newestEntry('phone.changed'))).not.toContain('1012345678')
})

it('a message that a limit kept back is a failure, and names no address', async () => {
  for (let at = 0; at < 4; at++) await post('/v1/password/forgot', { email: 'flooded@example.com' })
  const entry = await newestEntry('message.withheld')
  expect(entry).toMatchObject({
    outcome: 'failure',
    actor: 'stranger',
    details: { purpose: 'reset_password', channel: 'email' },
  })
  expect(JSON.stringify(entry)).not.toContain('flooded')
})

it('a sign-up with an address that is somebody’s is told of whom, and not to the stranger', async () => {
  const email = 'ada@example.com'
  await post('/v1/signup', { email, password }, strict)
  const { user_id } = await newestEntry('user.created', strict)
  await post('/v1/signup', { email, password }, strict)
  const entry = await newestEntry('user.signed_up_again', strict)
  expect(entry).toMatchObject({ outcome: 'failure', actor: 'stranger', user_id })
})

it('a log-in that waits for the proof of the address is told as such', async () => {
  await post('/v1/login', { identifier: 'ada@example.com', password }, strict)
  expect(await newestEntry('login.failed', strict)).toMatchObject({ details: { reason: 'unverified' } })
})
