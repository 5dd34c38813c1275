// Guesses that are looked at at the same time, in one process and in several, and what a right one writes.
import { afterEach, describe, expect, it } from 'vitest'
import { counters } from '../../domain/tables.js'
import { StoreUnavailable } from '../../store/store.js'
import type { Answer } from '../../testing/browser.js'
import { openSallyport, type Sallyport, type SignedUp, withDatabaseFile } from '../../testing/sallyport.js'
import { type Call, listen } from '../../testing/statements.js'
import { told } from '../../testing/told.js'
import { hmac } from '../../util/hash.js'

let open: Sallyport[] = []
afterEach(async () => {
  for (const one of open) await one.close()
  open = []
})

const start = async (settings: Record<string, string> = {}) => {
  const sallyport = await openSallyport({ settings, ownThreads: true })
  open.push(sallyport)
  return sallyport
}

/** Two servers on one file, as two processes are. */
const two = (work: (servers: readonly [Sallyport, Sallyport]) => Promise<void>) =>
  withDatabaseFile(async (settings) => {
    const options = { settings, secret: { current: Buffer.alloc(32, 7) }, ownThreads: true }
    const first = await openSallyport(options)
    const second = await openSallyport({ ...options, clock: first.clock })
    try {
      await work([first, second])
    } finally {
      for (const one of [first, second]) await one.close()
    }
  })

const guess = (at: Sallyport, { email }: SignedUp, password: string) =>
  at.browser().post('/v1/login', { identifier: email, password })
const right = (at: Sallyport, user: SignedUp) => guess(at, user, user.password)
const looked = (...servers: readonly Sallyport[]) =>
  servers.reduce((sum, { server }) => sum + server.context.hasher.stats().done, 0)

/** How often each answer was given. */
function tally(answers: readonly Answer[]): Record<string, number> {
  const found: Record<string, number> = {}
  for (const what of answers.map(told)) found[what] = (found[what] ?? 0) + 1
  return found
}

const many = <T>(count: number, make: (at: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, at) => make(at)))

/** What was asked of the counters. */
const counting = (calls: readonly Call[]) =>
  calls.flatMap(({ verb, given: [table] }) => (table === counters ? [verb] : []))

/** Failures on record: of the account, of the account in a row, and of the address. */
async function failures({ server }: Sallyport, { user }: SignedUp): Promise<number[]> {
  const { store, secrets } = server.context
  const account = `user ${user.id}`
  const limits = [
    ['login_account', account],
    ['login_account_total', account],
    ['login_address', '127.0.0.1'],
  ].map((limit) => hmac(secrets.key('limits'), limit.join('\0')).toString('base64url'))
  const rows = await Promise.all(limits.map((key) => store.get(counters, { key })))
  return rows.map((row) => row?.count ?? 0)
}

describe('a right password', () => {
  it('writes no counter, wherever it is asked for', async () => {
    const sallyport = await start()
    const user = await sallyport.signUp()
    const { device_token } = (await right(sallyport, user)).json
    const calls = listen(sallyport.server.context.store)
    const { email: identifier, password } = user
    expect(told(await sallyport.browser().post('/v1/login', { identifier, password, device_token }))).toBe(
      '200',
    )
    expect(told(await right(sallyport, user))).toBe('200')
    expect(told(await sallyport.as(user).post('/v1/me/confirm', { password }))).toBe('200')
    const change = { current_password: password, new_password: 'a door behind the ivy' }
    expect(told(await sallyport.as(user).post('/v1/me/password', change))).toBe('204')
    // Three counters at a log-in and two in a session, each before and after.
    expect(counting(calls)).toEqual(Array(20).fill('get'))
  })

  it('takes a number among the failures before it and forgets them, and gives none back to the address', async () => {
    const sallyport = await start()
    const user = await sallyport.signUp()
    for (let at = 0; at < 3; at++) await guess(sallyport, user, 'wrong one')
    expect(await failures(sallyport, user)).toEqual([3, 3, 3])
    const calls = listen(sallyport.server.context.store)
    expect(told(await right(sallyport, user))).toBe('200')
    expect(counting(calls).filter((verb) => verb !== 'get')).toEqual(['increment', 'increment', 'remove'])
    expect(await failures(sallyport, user)).toEqual([0, 0, 3])
  })

  it('waits for others like it and is let in, fifty times at once', async () => {
    const sallyport = await start()
    const user = await sallyport.signUp()
    expect(tally(await many(50, () => right(sallyport, user)))).toEqual({ 200: 50 })
    await guess(sallyport, user, 'wrong one')
    expect(tally(await many(50, () => right(sallyport, user)))).toEqual({ 200: 50 })
  })

  it('waits for no more than a hundred others, and then shall come back after a second', async () => {
    const sallyport = await start({ 'limits.login_account.max': '1' })
    const user = await sallyport.signUp()
    const answers = await many(103, () => right(sallyport, user))
    expect(tally(answers)).toEqual({ '200': 101, '429 too_many_requests': 2 })
    expect(answers.find(({ status }) => status === 429)!.headers['retry-after']).toBe('1')
    expect(told(await right(sallyport, user))).toBe('200')
  })
})

describe('guesses that come at once', () => {
  it('are looked at as often as the limit says, and what waited for them is refused', async () => {
    const sallyport = await start({ 'limits.login_account.max': '5' })
    const user = await sallyport.signUp()
    const before = looked(sallyport)
    const answers = await many(40, (at) => guess(sallyport, user, at === 39 ? user.password : `wrong ${at}`))
    expect(tally(answers)).toEqual({ '401 invalid_credentials': 5, '429 too_many_requests': 35 })
    for (const { status, headers } of answers) if (status === 429) expect(headers['retry-after']).toBe('900')
    expect(looked(sallyport) - before).toBe(5)
    expect(await failures(sallyport, user)).toEqual([5, 5, 5])
  })

  it('come to many accounts from one address, and are looked at as often as its limit says', async () => {
    const sallyport = await start({ 'limits.login_address.max': '5' })
    const users = await many(20, () => sallyport.signUp())
    const before = looked(sallyport)
    const answers = await Promise.all(users.map((user) => guess(sallyport, user, 'wrong one')))
    expect(tally(answers)).toEqual({ '401 invalid_credentials': 5, '429 too_many_requests': 15 })
    expect(looked(sallyport) - before).toBe(5)
  })

  it('at two processes: of 200, the right one last, no more than the limit get a verdict', async () => {
    await two(async (servers) => {
      const user = await servers[0].signUp()
      const before = looked(...servers)
      const answers = await many(200, (at) =>
        guess(servers[at % 2]!, user, at === 199 ? user.password : `wrong ${at}`),
      )
      expect(tally(answers)).toEqual({ '401 invalid_credentials': 10, '429 too_many_requests': 190 })
      // Neither knows what the other looks at. One too many can be told nothing, but that it was not right.
      expect(looked(...servers) - before).toBeLessThanOrEqual(20)
      expect([10, 11]).toContain((await failures(servers[0], user))[0])
    })
  })
})

/** Holds back what comes of the next so many guesses at a server until they are let go; `held` resolves when all have come. */
function holdBack({ server }: Sallyport, count: number) {
  const { hasher } = server.context
  const verify = hasher.verify
  let letGo = () => {}
  const gate = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const held = new Promise<void>((resolve) => {
    let left = count
    hasher.verify = async (...given) => {
      const verdict = await verify(...given)
      left -= 1
      if (left === 0) resolve()
      if (left >= 0) await gate
      return verdict
    }
  })
  return { held, letGo }
}

describe('a guess whose look is over when the limit is reached', () => {
  it('gets no verdict, right or wrong, and counts for nothing', async () => {
    await two(async ([here, there]) => {
      const user = await here.signUp()
      const { held, letGo } = holdBack(there, 2)
      const late = [right(there, user), guess(there, user, 'wrong one')]
      await held
      for (let at = 0; at < 10; at++)
        expect(told(await guess(here, user, `wrong ${at}`))).toBe('401 invalid_credentials')
      const calls = listen(there.server.context.store)
      letGo()
      const [good, bad] = await Promise.all(late)
      expect([told(good!), told(bad!)]).toEqual(['429 too_many_requests', '429 too_many_requests'])
      expect(good!.headers['retry-after']).toBe('900')
      expect(bad!.headers['retry-after']).toBe('900')
      expect(counting(calls)).toEqual(Array(6).fill('get'))
      expect(await failures(here, user)).toEqual([10, 10, 10])
      here.clock.advance(900_000)
      expect(told(await right(there, user))).toBe('200')
    })
  })

  it('hears its verdict after those that came before it, though its own look was over first', async () => {
    await two(async ([here, there]) => {
      const user = await here.signUp()
      for (let at = 0; at < 8; at++) await guess(here, user, `wrong ${at}`)
      const { held, letGo } = holdBack(there, 1)
      const first = guess(there, user, 'wrong one')
      await held
      const before = looked(there)
      const second = right(there, user)
      await expect.poll(() => looked(there)).toBe(before + 1)
      expect(told(await guess(here, user, 'wrong as well'))).toBe('401 invalid_credentials')
      letGo()
      expect(told(await first)).toBe('401 invalid_credentials')
      expect(told(await second)).toBe('429 too_many_requests')
    })
  })

  it('is let in where it is right and one failure is missing', async () => {
    await two(async ([here, there]) => {
      const user = await here.signUp()
      const { held, letGo } = holdBack(there, 1)
      const late = right(there, user)
      await held
      for (let at = 0; at < 9; at++) await guess(here, user, `wrong ${at}`)
      letGo()
      expect(told(await late)).toBe('200')
      expect(await failures(here, user)).toEqual([0, 0, 9])
    })
  })

  it('is counted in the window that has begun since, or forgotten with what a success forgot', async () => {
    await two(async ([here, there]) => {
      const user = await here.signUp()
      for (let at = 0; at < 9; at++) await guess(here, user, `wrong ${at}`)
      const { held, letGo } = holdBack(there, 1)
      const late = guess(there, user, 'wrong one')
      await held
      here.clock.advance(900_000)
      expect(told(await right(here, user))).toBe('200')
      letGo()
      expect(told(await late)).toBe('401 invalid_credentials')
      expect(await failures(here, user)).toEqual([1, 1, 1])
    })
  })
})

describe('a store that answers and does not write', () => {
  it('has what it was not told counted by the process, so that no guess is free', async () => {
    const sallyport = await start({ 'limits.login_account.max': '3' })
    const user = await sallyport.signUp()
    const { store } = sallyport.server.context
    const { increment } = store
    store.increment = () => Promise.reject(new StoreUnavailable('it is read-only'))
    const before = looked(sallyport)
    for (let at = 0; at < 3; at++)
      expect(told(await guess(sallyport, user, `wrong ${at}`))).toBe('503 store_unavailable')
    const refused = await right(sallyport, user)
    expect(told(refused)).toBe('429 too_many_requests')
    expect(refused.headers['retry-after']).toBe('900')
    expect(looked(sallyport) - before).toBe(3)
    store.increment = increment
    expect(told(await right(sallyport, user))).toBe('429 too_many_requests')
    sallyport.clock.advance(900_000)
    expect(told(await guess(sallyport, user, 'wrong one'))).toBe('401 invalid_credentials')
    expect(told(await right(sallyport, user))).toBe('200')
    for (let at = 0; at < 3; at++)
      expect(told(await guess(sallyport, user, `wrong ${at}`))).toBe('401 invalid_credentials')
  })
})
