// What every engine of a database server must do where the server or the way to it fails, as tests of its own test file. An
// engine lends what differs: how it is opened, and a foreign hand in its database.
import { expect } from 'vitest'
import { hundred, people, person, settle } from '../store/conformance/harness.js'
import type { EngineOptions } from '../store/engines/sql/server.js'
import { type Engine, StoreUnavailable, write } from '../store/store.js'
import { openRelay } from './break.js'

/** A connection that no engine knows of, in a transaction. */
export interface Foreign {
  /** Adds ten to a person's rank, which locks the row, or waits for it. */
  raise(id: string): Promise<unknown>
  commit(): Promise<unknown>
  rollback(): Promise<unknown>
  end(): unknown
}

interface Failing {
  /** An engine of the one database of the file, migrated; it is closed by itself. */
  open(options?: Partial<EngineOptions>): Promise<Engine>
  /** The database by another address. */
  urlAt(address: { hostname: string; port: number }): string
  port(): number
  /** What goes by on the way to the server: the end of a transaction, and an update of this row. */
  readonly seen: { commit: string; update(id: string): string }
  /** `stays`: where it and an engine lock each other out, it is the engine that the server undoes. */
  begin(how?: 'stays'): Promise<Foreign>
  /** Something where somebody waits for a lock. */
  waiting(): Promise<unknown[]>
}

/** Registers what holds for all of them. */
export function failing(test: (name: string, body: () => Promise<void>) => void, lent: Failing): void {
  const { open, seen } = lent

  for (const several of [true, false])
    test(`${several ? 'a transaction whose commit' : 'a statement that'} is not answered is not repeated`, async () => {
      const relay = await openRelay(lent.port())
      const sure = await open()
      const engine = await open({ url: lent.urlAt({ hostname: '127.0.0.1', port: relay.port }) })
      const row = person()
      await sure.insert(people, row)
      relay.cutAfter(several ? seen.commit : seen.update(row.id))
      const writing = several
        ? engine.atomically([write.update(people, { id: row.id }, { rank: { add: 1 } }, 1)])
        : engine.update(people, { id: row.id }, { rank: { add: 1 } })
      await expect(writing).rejects.toThrow(StoreUnavailable)
      expect(relay.cuts).toBe(1)
      await expect.poll(async () => (await sure.get(people, { id: row.id }))!.rank).toBe(1)
      expect(await engine.update(people, { id: row.id }, { rank: { add: 1 } })).toBe(1)
      expect((await sure.get(people, { id: row.id }))!.rank).toBe(2)
      await engine.close()
      await relay.close()
    })

  test('an act that the server undid for a deadlock is done again, once', async () => {
    const engine = await open()
    const [first, second] = [person(), person()]
    await engine.insert(people, first)
    await engine.insert(people, second)
    const other = await lent.begin('stays')
    await other.raise(second.id)
    const acting = engine.atomically(
      [first, second].map(({ id }) => write.update(people, { id }, { rank: { add: 1 } }, 1)),
    )
    // InnoDB tells the same again to whoever asks within a tenth of a second.
    await expect.poll(lent.waiting, { interval: 250 }).not.toHaveLength(0)
    await other.raise(first.id)
    await other.commit()
    await other.end()
    expect(await acting).toBe(true)
    for (const { id } of [first, second]) expect((await engine.get(people, { id }))!.rank).toBe(11)
  })

  test('a statement that waits too long fails, and so does a call that gets no connection; then all is well', async () => {
    const engine = await open({ pool: 1, patience: { connect: 200, statement: 600 } })
    const row = person()
    await engine.insert(people, row)
    const other = await lent.begin()
    await other.raise(row.id)
    const { kept, errors } = await settle([
      engine.update(people, { id: row.id }, { rank: 1 }),
      engine.get(people, { id: row.id }),
    ])
    expect(kept).toBe(0)
    expect(errors.every((error) => error instanceof StoreUnavailable)).toBe(true)
    expect(errors.map(({ message }) => message).join()).toMatch(
      /took longer than it may.*no connection was free/,
    )
    await other.rollback()
    await other.end()
    expect(await engine.get(people, { id: row.id })).toEqual(row)
    await engine.ping()
  })

  test('a process that was paused gives up nobody who waited meanwhile', async () => {
    const engine = await open({ pool: 1, patience: { connect: 500, statement: 5000 } })
    const writing = settle(Array.from({ length: 20 }, () => engine.insert(people, person())))
    await new Promise(setImmediate)
    for (const end = performance.now() + 700; performance.now() < end; );
    expect(await writing).toMatchObject({ kept: 20 })
  })

  test('closing finishes every write that was taken, and takes no more', async () => {
    const engine = await open()
    const before = await engine.count(people, {})
    const writing = settle(hundred(() => engine.insert(people, person())))
    const closing = engine.close()
    await expect(engine.insert(people, person())).rejects.toThrow(StoreUnavailable)
    await closing
    expect((await writing).kept).toBe(100)
    expect(await (await open()).count(people, {})).toBe(before + 100)
  })
}
