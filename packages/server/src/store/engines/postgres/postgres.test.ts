import * as vitest from 'vitest'
import { missing, testSchema } from '../../../testing/postgres.js'
import { stoppedClock } from '../../../util/clock.js'
import { cases, conformance, tables } from '../../conformance.js'
import { openPostgres } from './postgres.js'

const schema = testSchema()
vitest.afterAll(() => (missing === undefined ? schema.drop() : undefined))

const skipped = Object.fromEntries(
  missing === undefined ? [] : cases.map(({ name }): [string, string] => [name, missing ?? '']),
)

conformance(
  vitest,
  'postgres',
  async () => {
    const clock = stoppedClock()
    return { engine: await openPostgres({ url: schema.url, tables, clock, pool: 8 }), clock }
  },
  skipped,
)
