import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Worker } from 'node:worker_threads'
import { afterAll, expect, test } from 'vitest'
import { stoppedClock } from '../../../util/clock.js'
import { counters, hundred, people, person, settle, tickets } from '../../conformance/harness.js'
import { migrations, tables } from '../../conformance.js'
import { StoreUnavailable, write } from '../../store.js'
import type { AnyTable } from '../../table.js'
import { type Database, loadDriver } from './driver.js'
import { openSqlite, type SqliteEngine } from './sqlite.js'

const directory = mkdtempSync(join(tmpdir(), 'sallyport-sqlite-faults-'))
afterAll(() => rmSync(directory, { recursive: true }))

let files = 0

async function openNew(busyTimeout = 2000, path = join(directory, `${files++}.db`)) {
  const engine = await openSqlite({ path, tables, clock: stoppedClock(), busyTimeout })
  await engine.migrate(migrations)
  return { engine, path }
}

/** Another connection that holds the right to write until it commits. */
async function foreignWriter(path: string): Promise<Database> {
  const { DatabaseSync } = await loadDriver()
  const foreign = new DatabaseSync(path, {})
  foreign.exec('BEGIN IMMEDIATE')
  return foreign
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
const total = (engine: SqliteEngine) => engine.count(people, {})

test('a foreign writer is waited for, and reads go on meanwhile', async () => {
  const { engine, path } = await openNew(20_000)
  const first = person()
  await engine.insert(people, first)
  const foreign = await foreignWriter(path)
  let answered = false
  const writing = engine.update(people, { id: first.id }, { rank: 1 }).finally(() => {
    answered = true
  })
  await pause(60)
  expect(answered).toBe(false)
  expect(await engine.get(people, { id: first.id })).toEqual(first)
  expect(await engine.count(people, { name: { contains: 'person' } })).toBe(1)
  foreign.exec('COMMIT')
  expect(await writing).toBe(1)
  foreign.close()
  await engine.close()
})

test('a foreign writer that stays fails what waits for it, nothing of that is kept, and then all is well', async () => {
  const { engine, path } = await openNew(60)
  const foreign = await foreignWriter(path)
  const { kept, errors } = await settle([
    ...hundred(() => engine.insert(people, person())),
    engine.atomically([write.insert(people, person())]),
    engine.ping(),
  ])
  expect(kept).toBe(0)
  expect(errors.every((error) => error instanceof StoreUnavailable)).toBe(true)
  expect(await total(engine)).toBe(0)
  foreign.exec('ROLLBACK')
  foreign.close()
  await engine.ping()
  await engine.insert(people, person())
  expect(await total(engine)).toBe(1)
  await engine.close()
})

/** The lock is of the whole file, whatever the caller holds it by. */
const by = { table: counters, where: {} }

test('a frozen database lets nobody write but who froze it, and is read meanwhile', async () => {
  const { engine, path } = await openNew()
  const { engine: other } = await openNew(60, path)
  const row = person()
  await engine.insert(people, row)
  const frozen = [people, tickets] as unknown as AnyTable[]
  const waiting: Promise<unknown>[] = []
  await engine.freeze!(
    frozen,
    async () => {
      await expect(other.update(people, { id: row.id }, { rank: 1 })).rejects.toThrow(StoreUnavailable)
      expect(await engine.list(people, { limit: 1 })).toEqual([row])
      waiting.push(
        expect(engine.update(people, { id: row.id }, { rank: 7 })).rejects.toThrow(StoreUnavailable),
      )
      return [write.update(people, { id: row.id }, { rank: 2 }, 1)]
    },
    by,
  )
  // Who waited would else be answered, and what was written lost.
  await Promise.all(waiting)
  await expect(other.insert(people, person())).rejects.toThrow('it was moved')
  await engine.thaw!(frozen)
  await expect(engine.freeze!([], () => Promise.reject(new Error('mine')), by)).rejects.toThrow('mine')
  await expect(engine.freeze!([], async () => [write.remove(people, { rank: 9 }, 1)], by)).rejects.toThrow()
  expect(await other.update(people, { id: row.id, rank: 2 }, { rank: 3 })).toBe(1)
  await other.close()
  await engine.close()
})

test('a copy that is made while others write is the state of one moment', async () => {
  const { engine, path } = await openNew()
  await Promise.all(hundred(() => engine.insert(people, person({ rank: 0 }))))
  let busy = true
  const writing = (async () => {
    for (let rank = 1; busy; rank++) await engine.update(people, {}, { rank })
  })()
  await engine.copyTo!(`${path}.copy`, () => {})
  busy = false
  await writing
  const { engine: copy } = await openNew(2000, `${path}.copy`)
  const ranks = new Set((await copy.list(people, { limit: 1000 })).map(({ rank }) => rank))
  expect([ranks.size, await total(copy), await copy.inspect!(true)]).toEqual([1, 100, []])
  await copy.close()
  await engine.close()
})

test('a writer thread that dies fails what is in flight, and the next write starts another', async () => {
  const { engine, path } = await openNew(20_000)
  const started: Worker[] = []
  const listen = (worker: unknown) => started.push(worker as Worker)
  process.on('worker', listen)
  await engine.insert(people, person())
  const foreign = await foreignWriter(path)
  const inFlight = settle(hundred(() => engine.insert(people, person())))
  await pause(20)
  await started[0]!.terminate()
  const { kept, errors } = await inFlight
  expect([kept, errors.length]).toEqual([0, 100])
  expect(errors.every((error) => error instanceof StoreUnavailable)).toBe(true)
  foreign.exec('ROLLBACK')
  foreign.close()
  await Promise.all(hundred(() => engine.insert(people, person())))
  expect(await total(engine)).toBe(101)
  expect(started).toHaveLength(2)
  process.off('worker', listen)
  await engine.close()
})

test('a reader thread that dies is started again by the next search', async () => {
  const { engine } = await openNew()
  await engine.insert(people, person({ name: 'found' }))
  const search = () => engine.count(people, { name: { contains: 'oun' } })
  const started: Worker[] = []
  process.once('worker', (worker) => started.push(worker as unknown as Worker))
  expect(await search()).toBe(1)
  await started[0]!.terminate()
  expect(await search()).toBe(1)
  await engine.close()
})

test('closing finishes every write that was taken, and takes no more', async () => {
  const { engine, path } = await openNew()
  const writing = settle(hundred(() => engine.insert(people, person())))
  const closing = engine.close()
  await expect(engine.insert(people, person())).rejects.toThrow(StoreUnavailable)
  await closing
  expect((await writing).kept).toBe(100)
  const { engine: again } = await openNew(2000, path)
  expect(await total(again)).toBe(100)
  await again.close()
})

test('writes sent together share a commit', async () => {
  const { engine, path } = await openNew()
  const { DatabaseSync } = await loadDriver()
  const watcher = new DatabaseSync(path, { readOnly: true })
  const versions = new Set<unknown>()
  await engine.insert(people, person())
  const watch = () => versions.add(Object.values(watcher.prepare('PRAGMA data_version').get()!)[0])
  watch()
  await Promise.all(hundred(() => engine.insert(people, person()).then(watch)))
  expect(versions.size).toBe(2)
  watcher.close()
  await engine.close()
})

test('a statement that does not fit the schema fails alone', async () => {
  const engine = await openSqlite({ path: join(directory, 'bare.db'), tables, clock: stoppedClock() })
  const { errors } = await settle(hundred(() => engine.insert(people, person())))
  expect(errors).toHaveLength(100)
  expect(
    errors.every((error) => /no such table/.test(error.message) && !(error instanceof StoreUnavailable)),
  ).toBe(true)
  await engine.migrate(migrations)
  await engine.insert(people, person())
  expect(await total(engine)).toBe(1)
  await engine.close()
})

/** Writes until the store gives up; every answered row must be there, and no other. */
async function fillUp(engine: SqliteEngine): Promise<Set<string>> {
  const answered = new Set<string>()
  for (let failed = false, i = 0; !failed && i < 500; i++) {
    const rows = Array.from({ length: 20 }, () => person({ notes: 'x'.repeat(2000) }))
    const sent = rows.map((row) => engine.insert(people, row).then(() => answered.add(row.id)))
    const { errors } = await settle(sent)
    failed = errors.length > 0
    if (failed) expect(errors.map((error) => error.constructor)).toEqual(Array(20).fill(StoreUnavailable))
  }
  return answered
}

async function ids(engine: SqliteEngine): Promise<Set<string>> {
  return new Set((await engine.list(people, { limit: 1000 })).map(({ id }) => id))
}

const mount = join(directory, 'small')

function mountSmall(): boolean {
  mkdirSync(mount)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mount], { stdio: 'ignore' })
    return true
  } catch {
    console.warn('skipped: a full disk needs the right to mount a small one')
    return false
  }
}

test.runIf(mountSmall())(
  'a full disk fails whole batches, keeps what was answered, and is got over',
  async () => {
    const filler = join(mount, 'filler')
    writeFileSync(filler, Buffer.alloc(300_000))
    const { engine, path } = await openNew(2000, join(mount, 'full.db'))
    try {
      const answered = await fillUp(engine)
      expect(answered.size).toBeGreaterThan(0)
      expect(await ids(engine)).toEqual(answered)
      rmSync(filler)
      const row = person()
      await engine.insert(people, row)
      await engine.ping()
      expect(await ids(engine)).toEqual(answered.add(row.id))
      const { DatabaseSync } = await loadDriver()
      const check = new DatabaseSync(path, { readOnly: true })
      expect(Object.values(check.prepare('PRAGMA integrity_check').get()!)).toEqual(['ok'])
      check.close()
    } finally {
      await engine.close()
      execFileSync('umount', ['-l', mount])
    }
  },
)

test('an error of the file system fails whole batches and keeps what was answered', async () => {
  const path = join(directory, 'limited.db')
  const module = (name: string) => JSON.stringify(new URL(name, import.meta.url).href)
  const program = `
    const { openSqlite } = await import(${module('./sqlite.js')})
    const { migrations, tables } = await import(${module('../../conformance.js')})
    const { people, person } = await import(${module('../../conformance/harness.js')})
    const { systemClock } = await import(${module('../../../util/clock.js')})
    const engine = await openSqlite({ path: ${JSON.stringify(path)}, tables, clock: systemClock })
    await engine.migrate(migrations)
    let answered = 0, error
    while (!error && answered < 500)
      await engine.insert(people, person({ notes: 'x'.repeat(2000) })).then(() => answered++, (thrown) => { error = thrown })
    console.log(answered, await engine.count(people, {}), error?.constructor.name)
    process.exit()`
  // The largest file is 200 KiB; with the signal ignored, a write beyond it is an error like any other.
  const shell = [
    '-c',
    `trap '' XFSZ; ulimit -f 400; exec "$0" --input-type=module -e "$1"`,
    process.execPath,
    program,
  ]
  const { stdout } = await promisify(execFile)('sh', [...shell], { timeout: 20_000 }).catch((error) => error)
  const [answered, there, name] = stdout.trim().split(' ')
  expect(name).toBe('StoreUnavailable')
  expect(Number(answered)).toBeGreaterThan(0)
  expect(there).toBe(answered)
})
