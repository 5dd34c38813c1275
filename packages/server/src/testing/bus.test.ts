// Servers that hear of each other at once. None of them listens, so none looks every second: what one knows of the other
// it knows by the bus.
import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { missing as noPooler, startPgBouncer } from './pgbouncer.js'
import { administer, missing, testSchema } from './postgres.js'
import { openSallyport, type Sallyport, type SignedUp } from './sallyport.js'
import { told } from './told.js'

const open: Sallyport[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function twoOn(
  settings: Record<string, string>,
  secret = { current: randomBytes(32) },
): Promise<[Sallyport, Sallyport]> {
  for (let i = 0; i < 2; i++) open.push(await openSallyport({ settings, secret }))
  await connected()
  return open as [Sallyport, Sallyport] & Sallyport[]
}

const connected = () =>
  expect.poll(() => open.every(({ server }) => server.bus.isConnected()), { interval: 5 }).toBe(true)

const seenBy = async (node: Sallyport, who: SignedUp) => told(await node.as(who).get('/v1/me'))

/** Signs up here and out there, and waits until here it is known. */
async function logOutThere(here: Sallyport, there: Sallyport): Promise<void> {
  const who = await here.signUp()
  expect([await seenBy(here, who), await seenBy(there, who)]).toEqual(['200', '200'])
  const followed = here.server.context.changes.follow()
  expect(told(await there.as(who).post('/v1/logout', {}))).toBe('204')
  for await (const { sid } of followed) if (sid === who.session_id) break
  expect(await seenBy(here, who)).toBe('401 session_ended')
}

async function bothWays([one, two]: readonly [Sallyport, Sallyport]): Promise<void> {
  for (const [here, there] of [
    [one, two],
    [two, one],
    [one, two],
  ] as const)
    await logOutThere(here, there)
}

// skipped: where no PostgreSQL answers; the reason is printed
describe.skipIf(missing !== undefined)('two servers on one PostgreSQL', () => {
  const schema = testSchema()
  afterEach(() => schema.drop())
  const settings = { 'database-url': `${schema.url}&application_name=${schema.name}`, database_pool: '4' }

  test('hear of a log-out at the other, and again once the bus was cut', async () => {
    const both = await twoOn(settings)
    await bothWays(both)
    const buses = `SELECT pid FROM pg_stat_activity WHERE application_name = '${schema.name} bus'`
    await administer(`SELECT pg_terminate_backend(pid, 5000) FROM (${buses}) AS buses`)
    // They may be back before anybody looks.
    const says = (what: string) => () =>
      both.every(({ logged }) => logged.some((line) => line.includes(`the bus is ${what}`)))
    await expect.poll(says('cut off')).toBe(true)
    await expect.poll(says('connected again')).toBe(true)
    await connected()
    await bothWays(both)
  })

  test('read the table a few times, not once for each of a thousand announcements', async () => {
    const [here, there] = await twoOn(settings)
    await logOutThere(here, there)
    let readings = 0
    const { store } = here.server.context
    const { list } = store
    Object.assign(store, {
      list: ((table, query) => {
        readings += table.name === 'changes' ? 1 : 0
        return list(table, query)
      }) satisfies typeof list,
    })
    for (let i = 0; i < 1000; i++) there.server.bus.announce()
    await logOutThere(here, there)
    expect(readings).toBeGreaterThan(0)
    expect(readings).toBeLessThan(20)
  })

  test('one whose direct way is wrong does not start, and says which setting it is', async () => {
    const wrong = { ...settings, database_direct_url: 'postgres://db.example.com/sallyport' }
    await expect(openSallyport({ settings: wrong })).rejects.toThrow(
      /database_direct_url says nothing of TLS/,
    )
  })
})

// skipped: where no PgBouncer is installed; the reason is printed
test.skipIf(noPooler !== undefined)(
  'behind a pooler a server polls, and hears by the direct way where it is named',
  async () => {
    const pooler = await startPgBouncer()
    const settings = { 'database-url': pooler.url, database_pool: '4' }
    try {
      const secret = { current: randomBytes(32) }
      const blind = await openSallyport({ settings, secret })
      expect([blind.server.bus.name, blind.server.bus.isConnected()]).toEqual(['poll', false])
      await blind.close()
      const direct = { ...settings, database_direct_url: pooler.direct }
      const [one, other] = await twoOn(direct, secret)
      await logOutThere(one, other)
    } finally {
      for (const one of open.splice(0)) await one.close()
      await pooler.stop()
    }
  },
)
