import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { openMemory } from '../store/engines/memory.js'
import { type Engine, StoreUnavailable } from '../store/store.js'
import { type MovableClock, stoppedClock } from '../util/clock.js'
import { type AuditLog, createAuditLog } from './audit.js'
import { allChains } from './audit-chain.js'
import { keepAuditKey } from './audit-keys.js'
import { createEvents, type Events } from './events.js'
import { createSecrets } from './secrets.js'
import { type AuditRow, audit, auditHeads, sharedTables } from './tables.js'

interface Log {
  readonly log: AuditLog
  readonly events: Events
  readonly logged: string[]
}

const user = '0190a000-0000-7000-8000-000000000000'
const secret = randomBytes(32)
const clock: MovableClock = stoppedClock()
const store = () => openMemory({ tables: sharedTables, clock })

/** The audit log of one process. */
function start(engine: Engine, current = secret, also?: Uint8Array): Log {
  const events = createEvents()
  const logged: string[] = []
  const note = (_facts: unknown, message: string) => {
    logged.push(message)
  }
  const log = createAuditLog({
    store: engine,
    clock,
    secrets: createSecrets(current, also),
    events,
    log: { info: note, warn: note, error: note },
  })
  return { log, events, logged }
}

async function record({ log, events }: Log, count: number): Promise<void> {
  for (let at = 0; at < count; at++) events.emit('user.updated', { userId: user, members: 'name' })
  await log.settled()
}

const rowsOf = async (engine: Engine): Promise<AuditRow[]> =>
  engine.list(audit, { order: { by: ['chain', 'sequence'], direction: 'ascending' }, limit: 1000 })

/** Two processes with 5 and 3 entries, in the order of their chains. */
async function twoProcesses() {
  const engine = store()
  const first = start(engine)
  await record(first, 5)
  clock.advance(10)
  const second = start(engine)
  await record(second, 2)
  await record(second, 1)
  return { engine, log: second.log, rows: await rowsOf(engine) }
}

it('says nothing of chains that are whole, of several processes and after restarts', async () => {
  const { engine, log } = await twoProcesses()
  expect(await log.verify()).toEqual({ entries: 8, chains: 2, problems: [] })
  const after = start(engine)
  expect((await after.log.verify()).problems).toEqual([])
  await record(after, 250)
  expect(await after.log.verify()).toEqual({ entries: 258, chains: 3, problems: [] })
})

it('says nothing while others write', async () => {
  const engine = store()
  const writer = start(engine)
  await record(writer, 20)
  const walk = start(engine).log.verify()
  await record(writer, 20)
  await record(start(engine), 3)
  expect((await walk).problems).toEqual([])
})

it('finds a removed entry, wherever it was', async () => {
  const { engine, log, rows } = await twoProcesses()
  await engine.remove(audit, { id: rows[2]!.id })
  const chain = rows[0]!.chain
  expect((await log.verify()).problems).toEqual([{ chain, sequence: 3, problem: 'missing' }])
  await engine.remove(audit, { id: rows[0]!.id })
  expect((await log.verify()).problems).toEqual([
    { chain, sequence: 1, problem: 'missing' },
    { chain, sequence: 3, problem: 'missing' },
  ])
})

it('finds a removed end, a removed head, a removed chain and a removed list of chains', async () => {
  const tail = await twoProcesses()
  const chain = tail.rows[0]!.chain
  await tail.engine.remove(audit, { id: tail.rows[4]!.id })
  expect((await tail.log.verify()).problems).toEqual([{ chain, sequence: 5, problem: 'cut off' }])

  const head = await twoProcesses()
  await head.engine.remove(auditHeads, { chain: head.rows[0]!.chain })
  expect((await head.log.verify()).problems).toMatchObject([{ sequence: 0, problem: 'cut off' }])

  const whole = await twoProcesses()
  await whole.engine.remove(audit, { chain: whole.rows[7]!.chain })
  expect((await whole.log.verify()).problems).toMatchObject([{ sequence: 1, problem: 'cut off' }])
  await whole.engine.remove(auditHeads, { chain: whole.rows[7]!.chain })
  expect((await whole.log.verify()).problems).toEqual([{ chain: allChains, sequence: 2, problem: 'missing' }])

  const list = await twoProcesses()
  await list.engine.remove(auditHeads, { chain: allChains })
  expect((await list.log.verify()).problems).toMatchObject([{ chain: allChains, problem: 'missing' }])
})

it('finds a head that was written back with what it says, and a list of chains made shorter', async () => {
  const { engine, log, rows } = await twoProcesses()
  const head = rows[0]!.chain
  await engine.remove(audit, { id: rows[4]!.id })
  await engine.update(auditHeads, { chain: head }, { sequence: 4 })
  expect((await log.verify()).problems).toEqual([{ chain: head, sequence: 4, problem: 'changed' }])
  await engine.remove(audit, { chain: head })
  await engine.remove(auditHeads, { chain: head })
  await engine.update(auditHeads, { chain: allChains }, { sequence: 1 })
  expect((await log.verify()).problems).toEqual([{ chain: allChains, sequence: 1, problem: 'changed' }])
})

const changes: Partial<AuditRow>[] = [
  { at: 1 },
  { event: 'user.deleted' },
  { outcome: 'failure' },
  { actor: 'user' },
  { actor_id: 'somebody else' },
  { user_id: null },
  { session_id: user },
  { ip: '192.0.2.1' },
  { user_agent: '' },
  { request_id: 'r' },
  { details: { more: 1 } },
  { hash: Buffer.alloc(32, 1) },
]

it.each(changes)('finds %j, and blames no other entry', async (change) => {
  const { engine, log, rows } = await twoProcesses()
  await engine.update(audit, { id: rows[1]!.id }, change)
  const problem = { chain: rows[1]!.chain, sequence: 2, problem: 'changed' }
  expect((await log.verify()).problems).toEqual([problem])
})

it('finds entries that changed places, and one that was forged under another secret', async () => {
  const { engine, log, rows } = await twoProcesses()
  const [, second, third] = rows
  await engine.update(audit, { id: second!.id }, { sequence: 900 })
  await engine.update(audit, { id: third!.id }, { sequence: 2 })
  await engine.update(audit, { id: second!.id }, { sequence: 3 })
  expect((await log.verify()).problems.map(({ sequence }) => sequence)).toEqual([2, 3, 4])
  const forger = store()
  await record(start(forger, randomBytes(32)), 2)
  expect((await start(forger).log.verify()).problems).toMatchObject([
    { sequence: 1, problem: 'changed' },
    { sequence: 2, problem: 'changed' },
    { sequence: 2, problem: 'changed' },
    { chain: allChains, problem: 'changed' },
  ])
})

it('stays verifiable when the master secret is replaced, also once the old one is gone', async () => {
  const engine = store()
  await record(start(engine), 3)
  const next = randomBytes(32)
  const rotated = start(engine, next, secret)
  await record(rotated, 3)
  expect((await rotated.log.verify()).problems).toEqual([])
  expect((await start(engine, next).log.verify()).problems.length).toBeGreaterThan(0)
  await keepAuditKey(engine, createSecrets(next, secret), clock.now())
  const alone = start(engine, next)
  await record(alone, 1)
  expect(await alone.log.verify()).toEqual({ entries: 7, chains: 3, problems: [] })
})

/** A store whose next writes fail as `fails` says, before or after they were done. */
function failing(engine: Engine, fails: ('before' | 'after')[]): Engine {
  return {
    ...engine,
    atomically: async (writes) => {
      const fault = fails.shift()
      if (fault === 'before') throw new StoreUnavailable('away')
      const answer = await engine.atomically(writes)
      if (fault === 'after') throw new StoreUnavailable('the answer was lost')
      return answer
    },
  }
}

it('what the store would not take is written later without a new event, once', async () => {
  const engine = store()
  const process = start(failing(engine, ['before', 'before']))
  await record(process, 3)
  await process.log.settled()
  expect(await rowsOf(engine)).toEqual([])
  expect(process.logged).toHaveLength(2)
  await process.log.settled()
  expect(await rowsOf(engine)).toHaveLength(3)
  await process.log.settled()
  expect(await process.log.verify()).toEqual({ entries: 3, chains: 1, problems: [] })
})

it.each([0, 2])(
  'an answer lost after the commit loses and doubles nothing (after %i entries)',
  async (before) => {
    const engine = store()
    const fails: ('before' | 'after')[] = []
    const process = start(failing(engine, fails))
    await record(process, before)
    fails.push('after')
    await record(process, 2)
    await record(process, 4)
    expect(await process.log.verify()).toEqual({ entries: before + 6, chains: 1, problems: [] })
  },
)

it('goes on in a new chain where its head was moved, and the moved one is found', async () => {
  const engine = store()
  const process = start(engine)
  await record(process, 2)
  const [{ chain }] = (await rowsOf(engine)) as [AuditRow]
  await engine.remove(auditHeads, { chain })
  await record(process, 2)
  const found = await process.log.verify()
  expect(found).toMatchObject({ entries: 4, chains: 2 })
  expect(found.problems).toEqual([{ chain, sequence: 0, problem: 'cut off' }])
})

it('twenty processes that begin at once all have their chains counted', async () => {
  const engine = store()
  await Promise.all(Array.from({ length: 20 }, () => record(start(engine), 2)))
  const process = start(engine)
  await process.log.settled()
  expect(await process.log.verify()).toEqual({ entries: 40, chains: 20, problems: [] })
})

it('settled waits for what was recorded before it, not for what comes later', async () => {
  const engine = store()
  const { log, events } = start(engine)
  let going = true
  events.emit('user.updated', { userId: user, members: 'name' })
  const settled = log.settled().then(() => {
    going = false
  })
  for (let turn = 0; going && turn < 1000; turn++) {
    events.emit('user.updated', { userId: user, members: 'name' })
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(going).toBe(false)
  await settled
})

it('says how many entries it had to let go', async () => {
  const engine = store()
  const fails: 'before'[] = ['before']
  const process = start(failing(engine, fails))
  await record(process, 1)
  for (let at = 0; at < 10_005; at++) {
    fails.push('before')
    process.events.emit('user.updated', { userId: user, members: 'name' })
  }
  fails.length = 0
  await process.log.settled()
  await process.log.settled()
  const [lost] = await engine.list(audit, { where: { event: 'audit.lost' }, limit: 2 })
  expect(lost).toMatchObject({ outcome: 'failure', actor: 'system', details: { count: 6 } })
  expect(await process.log.verify()).toMatchObject({ entries: 10_001, problems: [] })
})

it('texts that no store takes do not hold up the others', async () => {
  const engine = store()
  const { log, events } = start(engine)
  events.emit('user.disabled', { userId: user, reason: `a\0b\ud800 ${'long '.repeat(500)}` })
  await log.settled()
  const [row] = await rowsOf(engine)
  expect((row!.details as { reason: string }).reason.slice(0, 5)).toBe('a\ufffdb\ufffd ')
})
