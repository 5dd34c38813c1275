// Fifty at once, over real connections, with one code, one link or one ticket: exactly one of them succeeds.
import { request } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { codes } from '../domain/codes-table.js'
import { sessions } from '../domain/tables.js'
import { operate } from './administrator.js'
import { newest } from './mailed.js'
import { openSallyport, type Sallyport, type SignedUp, withDatabaseFile } from './sallyport.js'

const COUNT = 50
let sallyport: Sallyport
let url: string
let user: SignedUp & { ticket: string }
const ended: (() => void)[] = []

beforeAll(async () => {
  await new Promise<void>((ready, failed) => {
    // The file stays as long as the tests, which come between.
    withDatabaseFile(async (settings) => {
      sallyport = await openSallyport({
        settings: {
          ...settings,
          port: '0',
          'phone.countries': 'KR',
          'limits.code_tries.max': '100000',
          'limits.code_tries_total.max': '100000',
        },
      })
      url = (await sallyport.server.listen()).url
      ready()
      await new Promise<void>((end) => ended.push(end))
      await sallyport.close()
    }).catch(failed)
  })
})
afterAll(() => ended[0]?.())
beforeEach(async () => {
  user = (await sallyport.signUp()) as typeof user
})

interface Told {
  readonly status: number
  readonly text: string
}

/** One request on a connection of its own. */
function ask(path: string, body: object, token?: string): Promise<Told> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    }
    const sent = request(new URL(path, url), { method: 'POST', headers, agent: false }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece) => {
        text += piece
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
    })
    sent.on('error', reject).end(JSON.stringify(body))
  })
}

/** A clean refusal: somebody was faster, or there is no room for another hash just now. */
const refusals = ['401 code_invalid', '503 overloaded']

/** Asks fifty times at once; every answer but one must be a clean refusal. */
async function race(path: string, body: object, token?: string): Promise<Told> {
  const all = await Promise.all(Array.from({ length: COUNT }, () => ask(path, body, token)))
  const good = all.filter(({ status }) => status < 300)
  expect(good).toHaveLength(1)
  for (const { status, text } of all.filter((one) => one !== good[0]))
    expect(refusals).toContain(`${status} ${JSON.parse(text).code}`)
  return good[0]!
}

const proven = () => operate(sallyport, 'users.update', { id: user.user.id, email_verified: true })
const sessionsOf = () => sallyport.server.context.store.count(sessions, { user_id: user.user.id })

describe('fifty redemptions at once', () => {
  it('of a log-in code make one session', async () => {
    await proven()
    await ask('/v1/login/code', { email: user.email })
    const { code } = await newest(sallyport, user.email, 'login_code')
    const before = await sessionsOf()
    await race('/v1/login/code/verify', { email: user.email, code })
    expect(await sessionsOf()).toBe(before + 1)
  })

  it('of a log-in link make one session', async () => {
    await proven()
    const { ticket } = JSON.parse((await ask('/v1/login/code', { email: user.email })).text)
    const { token } = await newest(sallyport, user.email, 'login_code')
    const before = await sessionsOf()
    await race('/v1/login/code/verify', { token, ticket })
    expect(await sessionsOf()).toBe(before + 1)
  })

  it('of a log-in code that proves an address for the first time leave one session in all', async () => {
    await ask('/v1/login/code', { email: user.email })
    const { code } = await newest(sallyport, user.email, 'login_code')
    await race('/v1/login/code/verify', { email: user.email, code })
    expect(await sessionsOf()).toBe(1)
  })

  it('of a link that proves an address with its ticket make one session', async () => {
    const { token } = await newest(sallyport, user.email)
    await race('/v1/email/verify', { token, ticket: user.ticket })
    expect(await sessionsOf()).toBe(2)
  })

  it('of a code that proves an address without anything make one ticket, and that one password', async () => {
    const { code } = await newest(sallyport, user.email)
    const { text } = await race('/v1/email/verify', { email: user.email, code })
    const { ticket } = JSON.parse(text)
    await race('/v1/password/reset', { ticket, new_password: 'a gate beneath the oak' })
    expect(await sallyport.server.context.store.count(codes, { user_id: user.user.id })).toBe(0)
  })

  it('of a link for a new password set it once', async () => {
    await ask('/v1/password/forgot', { email: user.email })
    const { token } = await newest(sallyport, user.email, 'reset_password')
    await race('/v1/password/reset', { token, new_password: 'a gate beneath the oak' })
  })

  it('of a change of address and of its undo do each once', async () => {
    await proven()
    const email = `new-${user.email}`
    const { ticket } = JSON.parse((await ask('/v1/me/email', { email }, user.access_token)).text)
    const { code } = await newest(sallyport, email)
    await race('/v1/email/verify', { email, code, ticket })
    const { token } = await newest(sallyport, user.email, 'email_changed')
    await race('/v1/email/undo', { token })
  })

  it('of the code of a number take it once', async () => {
    await ask('/v1/me/phone', { phone_number: '+821012345678' }, user.access_token)
    const { code } = await newest(sallyport, '+821012345678')
    await race('/v1/me/phone/verify', { code }, user.access_token)
  })
})

it('two hundred guesses at once, the right one among them, are five tries', async () => {
  await proven()
  await ask('/v1/login/code', { email: user.email })
  const { code } = await newest(sallyport, user.email, 'login_code')
  const wrong = Array.from({ length: 199 }, (_, at) => String((Number(code) + at + 1) % 1_000_000))
  const guesses = wrong.map((one) => one.padStart(6, '0'))
  const all = await Promise.all(
    [...guesses, code].map((one) => ask('/v1/login/code/verify', { email: user.email, code: one })),
  )
  const [row] = await sallyport.server.context.store.list(codes, {
    where: { user_id: user.user.id, purpose: 'login' },
    limit: 1,
  })
  expect(row?.tries ?? 5).toBeLessThanOrEqual(5)
  expect(all.filter(({ status }) => status !== 401 && status !== 200)).toEqual([])
  expect(all.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1)
})

it('an address that five accounts prove at once is one’s', async () => {
  const people = await Promise.all(Array.from({ length: 5 }, () => sallyport.signUp()))
  const email = 'wanted@example.com'
  const proofs: { token: string; ticket: string }[] = []
  for (const { access_token } of people) {
    const { ticket } = JSON.parse((await ask('/v1/me/email', { email }, access_token)).text)
    proofs.push({ token: (await newest(sallyport, email)).token, ticket })
  }
  const all = await Promise.all(proofs.map((proof) => ask('/v1/email/verify', proof)))
  const outcomes = all.map(({ status, text }) => (status === 200 ? 'done' : JSON.parse(text).code))
  expect(outcomes.filter((one) => one === 'done')).toHaveLength(1)
  expect(outcomes.filter((one) => one === 'email_taken')).toHaveLength(4)
})
