// What every engine must do, as named cases: conformance/ holds them, this file runs them. An engine's test opens the
// engine and calls `conformance`. A case says what a caller sees and never how an engine gets there.
import { expiryCases } from './conformance/expiry.js'
import {
  type Case,
  counters,
  type Harness,
  migrations,
  people,
  tables,
  tickets,
} from './conformance/harness.js'
import { pageCases } from './conformance/pages.js'
import { queryCases } from './conformance/queries.js'
import { raceCases } from './conformance/races.js'
import { rowCases } from './conformance/rows.js'

export type { Case }
export { migrations, tables }

export const cases: readonly Case[] = [...rowCases, ...queryCases, ...pageCases, ...raceCases, ...expiryCases]

/** The part of vitest that the suite needs. */
interface Runner {
  describe(name: string, body: () => void): void
  test: ((name: string, body: () => Promise<void>) => void) & { skip(name: string): void }
  afterAll(body: () => Promise<void>): void
}

type Open = () => Promise<Harness>

/**
 * Registers every case as a test of the engine that `open` opens with `tables`, empty and not migrated. `skip` gives
 * the reason for each case that is left out; it is printed.
 */
export function conformance(
  { describe, test, afterAll }: Runner,
  name: string,
  open: Open,
  skip: Readonly<Record<string, string>> = {},
): void {
  describe(`${name} conforms`, () => {
    let ready: Promise<Harness> | undefined
    afterAll(async () => (await ready)?.engine.close())
    for (const one of cases) {
      const reason = skip[one.name]
      if (reason === undefined)
        test(one.name, async () => {
          ready ??= prepare(open)
          await runCase(await ready, one)
        })
      else {
        console.warn(`${name} skips «${one.name}»: ${reason}`)
        // skipped: the engine's own test gives the reason, which is printed
        test.skip(`${one.name} (skipped: ${reason})`)
      }
    }
  })
}

/** The names of the cases that an engine fails. */
export async function failingCases(open: Open): Promise<string[]> {
  const harness = await prepare(open)
  const failed: string[] = []
  for (const one of cases) await runCase(harness, one).catch(() => failed.push(one.name))
  await harness.engine.close()
  return failed
}

async function prepare(open: Open): Promise<Harness> {
  const harness = await open()
  await harness.engine.migrate(migrations)
  return harness
}

/** Runs one case on empty tables; the clock has only ever moved forward. */
async function runCase(harness: Harness, one: Case): Promise<void> {
  await harness.engine.remove(people, {})
  await harness.engine.remove(tickets, {})
  await harness.engine.remove(counters, {})
  await one.run(harness)
}
