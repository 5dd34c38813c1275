// What every engine of a database server must do with migrations, as tests of its own test file. An engine lends what
// differs: where an empty database comes from, and how it is opened.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, afterEach, expect } from 'vitest'
import { after, before, blanks, steps } from '../store/conformance/growth.js'
import { migrations, person, tables } from '../store/conformance/harness.js'
import { declaredSchema } from '../store/engines/sql/schema.js'
import type { DescribedEngine, EngineOptions } from '../store/engines/sql/server.js'
import { SchemaTooNew } from '../store/store.js'
import { stoppedClock } from '../util/clock.js'

/** An empty database that is nobody else's. */
interface Place {
  readonly name: string
  readonly url: string
  drop(): Promise<void>
}

export interface Migrating<P extends Place> {
  readonly place: () => P | Promise<P>
  readonly open: (options: EngineOptions) => Promise<DescribedEngine>
  /** How the server writes a schema down. */
  readonly words: Parameters<typeof declaredSchema>[0]
  /** The address of the module that exports `open`, and its name there. */
  readonly module: string
  readonly opener: string
}

/** Places and engines of a test file, which go by themselves. */
export function opening<P extends Place>({ place, open }: Pick<Migrating<P>, 'place' | 'open'>) {
  const places: P[] = []
  const opened: DescribedEngine[] = []
  afterEach(async () => {
    for (const engine of opened.splice(0)) await engine.close()
  })
  afterAll(async () => {
    for (const made of places) await made.drop()
  })
  const newPlace = async () => {
    const made = await place()
    places.push(made)
    return made
  }
  const openAt = async (at?: Pick<Place, 'url'>) => {
    const { url } = at ?? (await newPlace())
    const engine = await open({ url, tables, clock: stoppedClock(), pool: 2 })
    opened.push(engine)
    return engine
  }
  return { newPlace, openAt }
}

/** Registers what holds for all of them. */
export function migrating<P extends Place>(
  test: (name: string, body: () => Promise<void>) => void,
  { words, module, opener }: Migrating<P>,
  { newPlace, openAt }: ReturnType<typeof opening<P>>,
): void {
  test('migrations are applied once, in their order, and rows that are there get a blank in a new column', async () => {
    const engine = await openAt()
    expect(await engine.pending(steps.toReversed())).toEqual(steps)
    expect(await engine.migrate(steps.slice(0, 1))).toEqual(steps.slice(0, 1))
    expect(await engine.pending(steps)).toEqual(steps.slice(1))
    const row = { id: person().id, name: 'old' }
    await engine.insert(before, row)
    expect(await engine.migrate(steps)).toEqual(steps.slice(1))
    expect(await engine.migrate(steps)).toEqual([])
    expect(await engine.get(after, { id: row.id })).toEqual({ ...row, ...blanks })
  })

  test('the live schema is the declared one, made at once or step by step, beside another', async () => {
    const whole = await openAt()
    await whole.migrate(migrations)
    expect(await whole.describe()).toEqual(declaredSchema(words, tables))
    const grown = await openAt()
    await grown.migrate(steps.slice(0, 2))
    expect(await grown.describe()).not.toEqual(declaredSchema(words, [after]))
    await grown.migrate(steps)
    expect(await grown.describe()).toEqual(declaredSchema(words, [after]))
  })

  test('a database that knows more migrations than the program is refused', async () => {
    const engine = await openAt()
    await engine.migrate(steps)
    await expect(engine.pending(steps.slice(0, 2))).rejects.toThrow(SchemaTooNew)
    await expect(engine.migrate(steps.slice(0, 2))).rejects.toThrow(/schema 3, this program knows 2/)
  })

  test('of processes that migrate at once each migration is applied by one, and all return', async () => {
    const { url } = await newPlace()
    const here = (name: string) => JSON.stringify(new URL(name, import.meta.url).href)
    const program = `
      const { ${opener} } = await import(${JSON.stringify(module)})
      const { migrations, tables } = await import(${here('../store/conformance/harness.js')})
      const { systemClock } = await import(${here('../util/clock.js')})
      const engine = await ${opener}({ url: ${JSON.stringify(url)}, tables, clock: systemClock })
      console.log((await engine.migrate(migrations)).length, (await engine.pending(migrations)).length)
      await engine.close()`
    const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
    const answers = (await Promise.all([run(), run(), run()])).map(({ stdout }) => stdout.trim())
    expect(answers.sort()).toEqual(['0 0', '0 0', '1 0'])
  })
}
