// A stolen access token at every operation that asks for a recent proof, and what each kind of proof opens.
import { readFile } from 'node:fs/promises'
import { native, type Operation, operations, proofOf } from '@sallyport/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer } from '../testing/browser.js'
import { openSallyport, type Sallyport, type SignedUp } from '../testing/sallyport.js'
import { claimsOf, told } from '../testing/told.js'
import { authenticateVisitor } from './visitor.js'

const minute = 60_000
const nobody = '00000000-0000-7000-8000-000000000000'
const guarded = operations.filter(({ caller }) => caller === 'recent')
const named = guarded.map((operation) => [operation.name, operation] as const)

let sallyport: Sallyport
beforeAll(async () => {
  sallyport = await openSallyport({ settings: { 'access-token.ttl': '15m' } })
})
afterAll(() => sallyport.close())

/** Somebody whose proof is six minutes old: the token is good, and so is the one that was stolen with it. */
async function stolen(): Promise<SignedUp> {
  const user = await sallyport.signUp()
  sallyport.clock.advance(6 * minute)
  return user
}

/** Says the operation as its route has it; what is in the body does not matter to who may ask. */
function ask({ name }: Operation, tokens: { access_token: string }): Promise<Answer> {
  const route = native.routes.find(({ operation }) => operation === name)
  const [method, path] = route!.on.replace(/:\w+/g, nobody).split(' ') as [string, string]
  return sallyport.as(tokens).send(method, path, method === 'GET' ? undefined : {})
}

const confirm = (tokens: SignedUp, more: object = {}) =>
  sallyport.as(tokens).post('/v1/me/confirm', { password: tokens.password, ...more })
const refused = (answer: Answer) => answer.status === 401 && answer.json.code === 'step_up_required'

describe.each(named)('a stolen access token at %s', (_, operation) => {
  const { purpose, maxAge } = proofOf(operation)

  it('is told what proof it lacks, and what for', async () => {
    const answer = await ask(operation, await stolen())
    expect(told(answer)).toBe('401 step_up_required')
    expect(answer.json).toMatchObject({ max_age: maxAge, purpose })
    const challenge = `Bearer error="insufficient_user_authentication", max_age=${maxAge}, purpose="${purpose}"`
    expect(answer.headers['www-authenticate']).toBe(challenge)
  })

  it('gets no further by refreshing', async () => {
    const user = await stolen()
    const next = (await sallyport.browser().post('/v1/refresh', user)).json
    expect(refused(await ask(operation, next))).toBe(true)
  })

  it('gets no further by a proof that was given for something else', async () => {
    for (const [, other] of named) {
      if (proofOf(other).purpose === purpose) continue
      const user = await stolen()
      expect(told(await confirm(user, { purpose: proofOf(other).purpose }))).toBe('200')
      expect(refused(await ask(operation, user)), other.name).toBe(true)
    }
  })

  it('gets no further by a proof in another session, or of another user', async () => {
    const user = await stolen()
    const { email: identifier, password } = user
    const other = (await sallyport.browser().post('/v1/login', { identifier, password })).json
    await confirm({ ...user, ...other }, { purpose })
    await confirm(await stolen(), { purpose })
    expect(refused(await ask(operation, user))).toBe(true)
  })

  it('is let in after a proof for this, to the second as long as that is recent', async () => {
    const user = await stolen()
    expect(told(await confirm(user, { purpose }))).toBe('200')
    sallyport.clock.advance(maxAge * 1000 + 1)
    expect(refused(await ask(operation, user))).toBe(true)
    sallyport.clock.advance(-1)
    expect(refused(await ask(operation, user))).toBe(false)
  })

  it('is let in with the token of a proof for everything, and not with the one before it', async () => {
    const user = await stolen()
    const { access_token } = (await confirm(user)).json
    expect(refused(await ask(operation, user))).toBe(true)
    expect(refused(await ask(operation, { access_token }))).toBe(false)
  })
})

describe('a proof for one purpose', () => {
  it('raises the time of no token, neither its own nor a refreshed one', async () => {
    const user = await stolen()
    const { auth_time } = claimsOf(user.access_token)
    const confirmed = (await confirm(user, { purpose: 'profile.delete' })).json
    const next = (await sallyport.browser().post('/v1/refresh', user)).json
    for (const { access_token } of [confirmed, next])
      expect(claimsOf(access_token)).toMatchObject({ auth_time, sid: user.session_id })
  })

  it('is not given by a wrong password, and not for a purpose that is none', async () => {
    const user = await stolen()
    const purpose = 'profile.delete'
    expect(told(await confirm(user, { purpose, password: 'a wrong guess' }))).toBe('401 invalid_credentials')
    expect(refused(await ask(guarded[0]!, user))).toBe(true)
    for (const wrong of ['', 'everything', 'profile.get', 'PROFILE.DELETE', 'constructor']) {
      const answer = await confirm(user, { purpose: wrong })
      expect(told(answer)).toBe('400 invalid_request')
      expect(answer.json.errors).toMatchObject([{ pointer: '/purpose' }])
    }
  })

  it('is not there any more when the session is not', async () => {
    const user = await stolen()
    await confirm(user, { purpose: 'profile.delete' })
    expect(told(await sallyport.as(user).post('/v1/logout'))).toBe('204')
    expect(told(await ask(guarded[0]!, user))).toBe('401 session_ended')
  })

  it('is named in the audit log', async () => {
    const user = await stolen()
    await confirm(user, { purpose: 'profile.delete' })
    const line = sallyport.logged.findLast((one) => one.includes('session.confirmed'))
    expect(JSON.parse(line!)).toMatchObject({ userId: user.user.id, purpose: 'profile.delete' })
  })

  it('counts for who comes with the cookie of the pages too', async () => {
    const user = await stolen()
    const browser = sallyport.browser()
    const { email: identifier, password } = user
    const here = { 'sec-fetch-site': 'same-origin' }
    await browser.post('/v1/login', { identifier, password, transport: 'cookie' }, here)
    const page = browser.cookies.get('sallyport_page')
    sallyport.clock.advance(6 * minute)
    const visit = (operation: Operation) =>
      authenticateVisitor(sallyport.server.context, operation, page, {
        contract: native,
        requestId: 'test',
        ip: '127.0.0.1',
      }).catch(({ code }) => code)
    expect(await visit(guarded[0]!)).toBe('step_up_required')
    const { purpose } = proofOf(guarded[0]!)
    expect(told(await browser.post('/v1/me/confirm', { password, purpose }, here))).toBe('200')
    expect(await visit(guarded[0]!)).toMatchObject({ access: { userId: user.user.id } })
    sallyport.clock.advance(6 * minute)
    expect(await visit(guarded[0]!)).toBe('step_up_required')
  })
})

it('every purpose is named in the manual', async () => {
  const page = await readFile(new URL('../../../../docs/confirm.md', import.meta.url), 'utf8')
  for (const [, operation] of named) expect(page).toContain(`\`${proofOf(operation).purpose}\``)
})

it('every operation that asks for a proof is reached by a route', () => {
  for (const { name } of guarded) expect(native.routes.map(({ operation }) => operation)).toContain(name)
  expect(guarded.length).toBeGreaterThan(0)
})
