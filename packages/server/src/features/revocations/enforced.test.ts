// From end to end: a log-out here is a refusal in another process, which verifies offline and was never asked about it.
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Home, makeHome } from '../../testing/program.js'
import { openSallyport, type Sallyport } from '../../testing/sallyport.js'
import { shiftedClock } from '../../util/clock.js'

const key = `vk_${'a1B2'.repeat(8)}`
const program = fileURLToPath(new URL('../../testing/verifying-service.js', import.meta.url))
let sallyport: Sallyport
let home: Home
let service: string
beforeAll(async () => {
  const env = { SALLYPORT_VERIFIER_KEYS: key }
  sallyport = await openSallyport({ env, settings: { port: '0' }, clock: shiftedClock() })
  const { url } = await sallyport.server.listen()
  home = makeHome()
  const { issuer } = sallyport.server.context
  const settings = { issuer, server: url, audience: 'sallyport', revocation: 'feed', verifierKey: key }
  const said = await home.sallyport([JSON.stringify(settings)], {}, program).saying('.')
  service = `http://127.0.0.1:${/port (\d+)/.exec(said)?.[1]}/`
})
afterAll(async () => {
  await home.remove()
  await sallyport.close()
})

async function asks({ access_token }: { access_token: string }): Promise<string> {
  const answer = await fetch(service, { headers: { authorization: `Bearer ${access_token}` } })
  const text = await answer.text()
  return answer.status === 200 ? text : `${answer.status} ${JSON.parse(text).code}`
}

it('a log-out, a log-out everywhere, a new password and a removed key are refused there', async () => {
  const people = await Promise.all(Array.from({ length: 4 }, () => sallyport.signUp()))
  const [ada, bob, eve, kim] = people as [
    (typeof people)[0],
    (typeof people)[0],
    (typeof people)[0],
    (typeof people)[0],
  ]
  // Its feed may take a while to come.
  await expect.poll(() => asks(ada)).toBe(ada.user.id)
  for (const one of people) expect(await asks(one)).toBe(one.user.id)
  await sallyport.as(ada).post('/v1/logout')
  await expect.poll(() => asks(ada)).toBe('401 session_ended')
  await sallyport.as(bob).post('/v1/logout/all')
  await expect.poll(() => asks(bob)).toBe('401 session_ended')
  const { json: other } = await sallyport
    .browser()
    .post('/v1/login', { identifier: eve.email, password: eve.password })
  const body = { current_password: eve.password, new_password: 'another correct horse' }
  await sallyport.as(eve).post('/v1/me/password', body)
  await expect.poll(() => asks(other)).toBe('401 session_ended')
  expect(await asks(eve)).toBe(eve.user.id)
  expect(await asks(kim)).toBe(kim.user.id)
  const { keys } = sallyport.server.context
  const active = (await keys.list()).find(({ state }) => state === 'active')
  await keys.remove({ requestId: 'test', ip: '' }, active?.key.kid ?? '')
  await expect.poll(() => asks(kim)).toBe('401 access_token_invalid')
  const { json: next } = await sallyport.browser().post('/v1/refresh', kim)
  expect(await asks(next)).toBe(kim.user.id)
})
