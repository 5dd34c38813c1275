import * as vitest from 'vitest'
import { directConfig } from '../../store/engines/postgres/driver.js'
import { readUrl } from '../../store/engines/postgres/url.js'
import { administer, missing, testSchema } from '../../testing/postgres.js'
import { type BusHarness, cases, conformance } from '../conformance.js'
import { openPostgresBus } from './postgres.js'

const [here, elsewhere] = [testSchema(), testSchema()]
const log = { info: () => {}, warn: () => {} }
vitest.beforeAll(async () => {
  if (missing === undefined)
    for (const { name } of [here, elsewhere]) await administer(`CREATE SCHEMA ${name}`)
})
vitest.afterAll(async () => {
  if (missing === undefined) for (const schema of [here, elsewhere]) await schema.drop()
})

const open = async ({ name, url }: typeof here) =>
  openPostgresBus({
    config: await directConfig({ ...readUrl(url), application: name }),
    log,
    patience: { first: 20, most: 100, beat: 15_000 },
  })

const harness: BusHarness = {
  open: () => open(here),
  openElsewhere: () => open(elsewhere),
  cut: async () => {
    const all = `SELECT pid FROM pg_stat_activity WHERE application_name = '${here.name}'`
    await administer(`SELECT pg_terminate_backend(pid, 5000) FROM (${all}) AS nodes`)
  },
}

const skipped = Object.fromEntries(
  missing === undefined ? [] : cases.map(({ name }): [string, string] => [name, missing ?? '']),
)

conformance(vitest, 'postgres', harness, skipped)
