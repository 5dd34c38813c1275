import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { users } from '../../domain/tables.js'
import { plainWire, said } from '../../testing/plain-wire.js'
import { openSallyport, type Sallyport } from '../../testing/sallyport.js'

const password = 'correct horse battery'
const fresh = 'a gate beneath the oak'
let sallyport: Sallyport
let made = 0
beforeAll(async () => {
  sallyport = await openSallyport({ contracts: [plainWire({ lifetimes: { access: 900 } })] })
})
afterAll(() => sallyport.close())

async function somebody() {
  made += 1
  const email = `somebody${made}@example.com`
  const { json } = await sallyport.browser().post('/w/signup', { email, password })
  return { email, id: json.user.id as string, access_token: json.access_token as string }
}
const replace = (who: { access_token: string }, body: object) =>
  sallyport.as(who).post('/w/password.replace', body)
const logIn = async ({ email: identifier }: { email: string }, given: string) =>
  said(await sallyport.browser().post('/w/login', { identifier, password: given }))

describe('a password that is replaced', () => {
  it('needs the old one, and ends every other session', async () => {
    const ada = await somebody()
    const other = (await sallyport.browser().post('/w/login', { identifier: ada.email, password })).json
    expect(said(await replace(ada, { new_password: fresh }))).toBe('400 invalid_request old_password')
    const wrong = { old_password: 'a wrong password', new_password: fresh }
    expect(said(await replace(ada, wrong))).toBe('401 invalid_credentials')
    expect(said(await replace(ada, { old_password: password, new_password: 'short' }))).toBe(
      '422 password_too_short new_password',
    )
    expect(said(await replace(ada, { old_password: password, new_password: fresh }))).toBe('200')
    expect(said(await sallyport.as(ada).post('/w/profile.get', {}))).toBe('200')
    expect(said(await sallyport.as(other).post('/w/profile.get', {}))).toBe('401 session_ended')
    expect(await logIn(ada, fresh)).toBe('200')
  })

  it('is counted while it is wrong', async () => {
    const ada = await somebody()
    const wrong = { old_password: 'a wrong password', new_password: fresh }
    for (let at = 0; at < 10; at++) expect(said(await replace(ada, wrong))).toBe('401 invalid_credentials')
    expect(said(await replace(ada, { old_password: password, new_password: fresh }))).toBe(
      '429 too_many_requests',
    )
  })

  it('is the first one of an account that has none, for whoever proved lately who they are', async () => {
    const ada = await somebody()
    await sallyport.server.context.store.update(users, { id: ada.id }, { password_hash: null })
    sallyport.clock.advance(301_000)
    expect(said(await replace(ada, { new_password: fresh }))).toBe('401 step_up_required')
    expect(await logIn(ada, fresh)).toBe('401 invalid_credentials')
    const grace = await somebody()
    await sallyport.server.context.store.update(users, { id: grace.id }, { password_hash: null })
    expect(said(await replace(grace, { new_password: fresh }))).toBe('200')
    expect(await logIn(grace, fresh)).toBe('200')
  })
})
