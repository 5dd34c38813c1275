import { native } from '@sallyport/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operate } from '../../testing/administrator.js'
import { openSallyport, type Sallyport } from '../../testing/sallyport.js'
import type { Caller, Context } from '../context.js'
import { identities } from '../identities.js'
import { createHasher } from '../passwords/hasher.js'
import { users } from '../tables.js'
import { createImporter, type ImportOptions } from './importer.js'
import type { Row } from './members.js'

let sallyport: Sallyport
beforeAll(async () => {
  sallyport = await openSallyport()
})
afterAll(() => sallyport.close())

const caller: Caller = {
  contract: native,
  requestId: 'test',
  ip: 'local',
  administrator: { kind: 'operator', id: 'operator', full: true },
}
let files = 0

/** Brings rows as one batch of a file of its own. */
async function bring(
  rows: readonly Row[],
  options: Partial<ImportOptions> = {},
  parts: Partial<Context> = {},
) {
  files += 1
  const usual = { map: [], update: false, dryRun: false, administrators: false }
  const file = { file: 'users.ndjson', fingerprint: `file${files}` }
  const context = { ...sallyport.server.context, ...parts }
  const importer = createImporter(context, caller, { ...usual, ...file, ...options }, () => undefined)
  return importer.take(rows.map((row, at) => ({ line: at + 1, row })))
}
const emails = (name: string, count: number) =>
  Array.from({ length: count }, (_, at) => ({ email: `${name}${at}@example.test` }))

test('many passwords in the clear wait for one another instead of being turned away', async () => {
  const hasher = createHasher({ argon2: { memory: 64, passes: 1, parallelism: 1 }, workers: 1, maxWait: 2 })
  const rows = emails('plain', 50).map((row) => ({ ...row, password: 'a door behind the ivy' }))
  const outcomes = await bring(rows, {}, { hasher })
  await hasher.close()
  expect(outcomes.map(({ result }) => result)).toEqual(Array(50).fill('made'))
})

test('one row that the store does not take keeps none of its batch out', async () => {
  const google = { identities: [{ provider: 'google', subject: '1' }] }
  const [first, second, third] = emails('linked', 3)
  const outcomes = await bring([{ ...first, ...google }, { ...second, ...google }, third!])
  expect(outcomes).toMatchObject([
    { result: 'made' },
    { result: 'refused', reason: 'identities is another account’s' },
    { result: 'made' },
  ])
  expect(await sallyport.server.context.store.count(identities, {})).toBe(1)
  const row = { email_normalized: 'linked1@example.test' }
  expect(await sallyport.server.context.store.count(users, row)).toBe(0)
})

test('an address that is kept for a deleted account is told, and free when it is gone', async () => {
  const { email, user } = await sallyport.signUp()
  await operate(sallyport, 'users.update', { id: user.id, email_verified: true })
  await operate(sallyport, 'users.delete', { id: user.id })
  const [outcome] = await bring([{ email }])
  expect(outcome).toMatchObject({ result: 'refused', reason: expect.stringContaining('reserved') })
  expect((await bring([{ email }], { update: true }))[0]!.result).toBe('refused')
  sallyport.clock.advance(8 * 86_400_000)
  await sallyport.server.upkeep()
  expect((await bring([{ email }]))[0]!.result).toBe('made')
})

test('a count of administrators goes with those that are brought', async () => {
  const rows = emails('admin', 3).map((row, at) => ({ ...row, roles: ['admin'], disabled: at === 2 }))
  await bring(rows, { administrators: true })
  const list = async () => {
    const { items } = await operate(sallyport, 'users.list', { search: 'admin' })
    return items.filter(
      ({ roles, status }: { roles: string[]; status: string }) =>
        status === 'active' && roles.includes('admin'),
    )
  }
  const [one, other] = await list()
  await operate(sallyport, 'users.disable', { id: one.id })
  await expect(operate(sallyport, 'users.disable', { id: other.id })).rejects.toThrow('last administrator')
})
