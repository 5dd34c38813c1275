// Refreshes beside each other and beside everything that ends a session. The promise: one live token, and after the
// answer of a log-out nothing works.
import { native } from '@sallyport/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSession } from '../../domain/sessions.js'
import { sessions } from '../../domain/tables.js'
import { requireUser } from '../../domain/users.js'
import { StoreUnavailable } from '../../store/store.js'
import type { Answer } from '../../testing/browser.js'
import { openSallyport, type Sallyport, type SignedUp, withDatabaseFile } from '../../testing/sallyport.js'
import { told } from '../../testing/told.js'

let sallyport: Sallyport
let ada: SignedUp
beforeAll(async () => {
  sallyport = await openSallyport({ settings: { 'limits.enabled': 'false' } })
  ada = await sallyport.signUp()
})
afterAll(() => sallyport.close())

const logIn = async (): Promise<SignedUp> =>
  (await sallyport.browser().post('/v1/login', { identifier: ada.email, password: ada.password })).json
const refresh = (refresh_token: string, at = sallyport) => at.browser().post('/v1/refresh', { refresh_token })
const dead = ['401 session_ended', '401 refresh_token_reused']

async function expectNothingWorks(session: SignedUp, answers: readonly Answer[]): Promise<void> {
  for (const { json } of [...answers.filter(({ status }) => status === 200), { json: session }]) {
    expect(told(await sallyport.as(json).get('/v1/me'))).toBe('401 session_ended')
    expect(dead).toContain(told(await refresh(json.refresh_token)))
  }
  expect(await sallyport.server.context.store.get(sessions, { id: session.session_id })).toBeUndefined()
}

describe('two hundred refreshes of one token at once', () => {
  it('make one successor in one session', async () => {
    const session = await logIn()
    const answers = await Promise.all(Array.from({ length: 200 }, () => refresh(session.refresh_token)))
    expect(new Set(answers.map(told))).toEqual(new Set(['200']))
    const [successor, ...others] = new Set(answers.map(({ json }) => json.refresh_token))
    expect(others).toEqual([])
    const row = await sallyport.server.context.store.get(sessions, { id: session.session_id })
    expect(row?.generation).toBe(1)
    expect(told(await refresh(successor))).toBe('200')
  })

  it('try to spend it once, and whoever comes while that goes on waits for no row', async () => {
    const { context } = sallyport.server
    const session = await logIn()
    const { update } = context.store
    let tries = 0
    let wanting = 0
    let free = () => {}
    const held = new Promise<void>((resolve) => {
      free = resolve
    })
    const counted: typeof update = async (table, where, set) => {
      if (table !== (sessions as unknown)) return update(table, where, set)
      tries += 1
      await held
      return update(table, where, set)
    }
    Object.assign(context.store, { update: counted })
    try {
      const asking = Array.from({ length: 200 }, async () => {
        wanting += 1
        return refresh(session.refresh_token)
      })
      await expect.poll(() => [wanting, tries]).toEqual([200, 1])
      free()
      const answers = await Promise.all(asking)
      expect(new Set(answers.map(told))).toEqual(new Set(['200']))
      expect(new Set(answers.map(({ json }) => json.refresh_token)).size).toBe(1)
      expect(tries).toBe(1)
    } finally {
      Object.assign(context.store, { update })
    }
  })

  it('hear together that the write which was to spend it got lost, and are let in when they ask again', async () => {
    const { context } = sallyport.server
    const session = await logIn()
    const { update } = context.store
    const failing: typeof update = async (table, where, set) => {
      const changed = await update(table, where, set)
      if (table === (sessions as unknown)) throw new StoreUnavailable('the answer got lost')
      return changed
    }
    Object.assign(context.store, { update: failing })
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(session.refresh_token)))
    Object.assign(context.store, { update })
    expect(answers.map(told)).toContain('503 store_unavailable')
    for (const { status, headers, json } of answers)
      if (status !== 200) expect([json.code, headers['retry-after']]).toEqual(['store_unavailable', '1'])
    const again = await Promise.all(Array.from({ length: 20 }, () => refresh(session.refresh_token)))
    expect(new Set(again.map(told))).toEqual(new Set(['200']))
    expect(new Set(again.map(({ json }) => json.refresh_token)).size).toBe(1)
  })

  it('do so on a database file, where writes travel through a thread', async () => {
    await withDatabaseFile(async (settings) => {
      const filed = await openSallyport({ settings })
      const user = await filed.signUp()
      const answers = await Promise.all(Array.from({ length: 200 }, () => refresh(user.refresh_token, filed)))
      expect(new Set(answers.map(told))).toEqual(new Set(['200']))
      expect(new Set(answers.map(({ json }) => json.refresh_token)).size).toBe(1)
      await filed.close()
    })
  })

  it('without a grace give exactly one of them a token, and the session lives', async () => {
    const strict = await openSallyport({
      settings: { 'refresh-token.grace': '0', 'limits.enabled': 'false' },
    })
    const user = await strict.signUp()
    const answers = await Promise.all(Array.from({ length: 200 }, () => refresh(user.refresh_token, strict)))
    const won = answers.filter(({ status }) => status === 200)
    expect(won).toHaveLength(1)
    const lost = new Set(answers.filter(({ status }) => status !== 200).map(told))
    expect(lost).toEqual(new Set(['401 refresh_token_reused']))
    expect(told(await refresh(won[0]!.json.refresh_token, strict))).toBe('200')
    await strict.close()
  })
})

const races = 100

describe('a hundred races of a refresh', () => {
  it('with the log-out of its session: after the log-out nothing works', async () => {
    for (let at = 0; at < races; at++) {
      const session = await signedIn()
      const leave =
        at % 2
          ? () => sallyport.browser().post('/v1/logout', { refresh_token: session.refresh_token })
          : () => sallyport.as(session).post('/v1/logout')
      const acts = [() => refresh(session.refresh_token), leave]
      if (at % 4 > 1) acts.reverse()
      const answers = await Promise.all(acts.map((act) => act()))
      const left = answers[at % 4 > 1 ? 0 : 1]!
      expect(told(left)).toBe('204')
      await expectNothingWorks(session, answers)
    }
  })

  it('with log-out everywhere from another session: after it nothing works', async () => {
    for (let at = 0; at < races; at++) {
      const [session, other] = [await signedIn(), await signedIn()]
      const acts = [() => refresh(session.refresh_token), () => sallyport.as(other).post('/v1/logout/all')]
      if (at % 2) acts.reverse()
      const answers = await Promise.all(acts.map((act) => act()))
      expect(answers.map(told)).toContain('204')
      await expectNothingWorks(session, answers)
      await expectNothingWorks(other, [])
    }
  })

  it('with the end of all other sessions: this one lives on, the others are dead', async () => {
    for (let at = 0; at < races; at++) {
      const [session, keeper] = [await signedIn(), await signedIn()]
      const acts = [
        () => refresh(session.refresh_token),
        () => sallyport.as(keeper).send('DELETE', '/v1/me/sessions'),
      ]
      if (at % 2) acts.reverse()
      const answers = await Promise.all(acts.map((act) => act()))
      await expectNothingWorks(session, answers)
      expect(told(await refresh(keeper.refresh_token))).toBe('200')
      expect(told(await sallyport.as(keeper).get('/v1/me'))).toBe('200')
    }
  })
})

/** A session without the cost of a hash, opened as a log-in opens it. */
async function signedIn(): Promise<SignedUp> {
  const { context } = sallyport.server
  const user = await requireUser(context, ada.user.id)
  const caller = { contract: native, requestId: 'race', ip: '127.0.0.1' }
  return { ...ada, ...(await openSession(context, caller, user, ['pwd'])) } as SignedUp
}
