// What an address is, is not told by the work that an answer takes: the same reads, the same writes, the same hashes,
// whatever kind of account there is, or none. How long it takes is measured by bench/figure-uniform.mjs.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { users } from '../domain/tables.js'
import type { Store, Write } from '../store/store.js'
import type { AnyTable } from '../store/table.js'
import { operate } from './administrator.js'
import type { Answer } from './browser.js'
import { openSallyport, type Sallyport } from './sallyport.js'
import { told } from './told.js'

let sallyport: Sallyport
const kinds = ['known', 'unverified', 'disabled', 'deleted', 'password-less', 'unknown'] as const
type Kind = (typeof kinds)[number]
const password = 'correct horse battery'
/** Everything that was asked of the store since it was emptied. */
let asked: string[] = []

beforeAll(async () => {
  sallyport = await openSallyport({
    settings: { 'signup.require-verified': 'true', 'limits.message_address.max': '1000' },
  })
  const { store } = sallyport.server.context
  for (const kind of kinds.filter((one) => one !== 'unknown')) await make(kind)
  watch(store)
})
afterAll(() => sallyport.close())

const post = (path: string, body: object) => sallyport.browser().post(path, body)
const addressOf = (kind: Kind) => `${kind}@example.com`

async function make(kind: Kind): Promise<void> {
  const email = addressOf(kind)
  await post('/v1/signup', { email, password })
  const [{ id }] = (await operate(sallyport, 'users.list', { search: email })).items
  if (kind !== 'unverified') await operate(sallyport, 'users.update', { id, email_verified: true })
  if (kind === 'disabled') await operate(sallyport, 'users.disable', { id })
  if (kind === 'deleted') await operate(sallyport, 'users.delete', { id })
  if (kind === 'password-less')
    await sallyport.server.context.store.update(users, { id }, { password_hash: null })
}

/** Writes down which verb was asked of which table, but for the audit log and the plots, which nobody waits for. */
function watch(store: Store): void {
  const later = /^(audit|stats)/
  const note = (verb: string, table: AnyTable) => {
    // What is posted is posted with other writes; alone the outbox is asked by whoever sends, when the answer is given.
    if (!later.test(table.name) && table.name !== 'outbox') asked.push(`${verb} ${table.name}`)
  }
  for (const verb of ['insert', 'get', 'list', 'count', 'update', 'increment', 'take', 'remove'] as const) {
    const original = store[verb] as (table: AnyTable, ...rest: unknown[]) => Promise<unknown>
    const noting = (table: AnyTable, ...rest: unknown[]) => {
      note(verb, table)
      return original.call(store, table, ...rest)
    }
    Object.assign(store, { [verb]: noting })
  }
  const atomically = store.atomically
  store.atomically = (writes: readonly Write[]) => {
    if (!writes.every(({ table }) => later.test(table.name))) asked.push(`atomically ${writes.length}`)
    return atomically.call(store, writes)
  }
}

interface Work {
  readonly told: string
  readonly members: string[]
  readonly asked: string[]
  readonly hashes: number
}

async function work(act: () => Promise<Answer>): Promise<Work> {
  const { hasher } = sallyport.server.context
  const before = hasher.stats().done
  asked = []
  const answer = await act()
  const hashes = hasher.stats().done - before
  return { told: told(answer), members: Object.keys(answer.json), asked: [...asked], hashes }
}

const acts: Record<string, (email: string) => Promise<Answer>> = {
  'a forgotten password': (email) => post('/v1/password/forgot', { email }),
  'a code to log in': (email) => post('/v1/login/code', { email }),
  'a verification again': (email) => post('/v1/email/verify/resend', { email }),
  'a log-in with a wrong password': (identifier) =>
    post('/v1/login', { identifier, password: 'wrong password' }),
  'a wrong code to log in': (email) => post('/v1/login/code/verify', { email, code: '1234567' }),
  'a wrong code for a password': (email) =>
    post('/v1/password/reset', { email, code: '1234567', new_password: password }),
}

describe('the work for an address is the same whatever it is', () => {
  it.each(Object.keys(acts))('%s', async (name) => {
    const works: Record<string, Work> = {}
    for (const kind of kinds) works[kind] = await work(() => acts[name]!(addressOf(kind)))
    for (const kind of kinds) expect([kind, works[kind]]).toEqual([kind, works.known])
    expect(works.known!.asked.length).toBeGreaterThan(2)
  })

  it('a sign-up, but for the verb that makes the account', async () => {
    const works: Record<string, Work> = {}
    for (const kind of kinds)
      works[kind] = await work(() => post('/v1/signup', { email: addressOf(kind), password }))
    expect(works.unknown).toMatchObject({ told: '202', hashes: 1 })
    for (const kind of kinds) expect([kind, works[kind]]).toEqual([kind, works.unknown])
    expect(works.unknown!.asked).toContain('atomically 4')
  })

  it('and a difference would be seen: a limit that keeps a message back saves work, for all alike', async () => {
    const usual = await work(() => acts['a forgotten password']!('unknown@example.com'))
    const strict = await openSallyport({ settings: { 'limits.message_address.max': '1' } })
    watch(strict.server.context.store)
    const ask = (email: string) => () => strict.browser().post('/v1/password/forgot', { email })
    await strict.signUp({ email: 'known@example.com' })
    await ask('unknown@example.com')()
    const [known, unknown] = [await work(ask('known@example.com')), await work(ask('unknown@example.com'))]
    expect(known).toEqual(unknown)
    expect(known.asked).not.toEqual(usual.asked)
    await strict.close()
  })
})
