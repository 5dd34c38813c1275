import * as vitest from 'vitest'
import { missing, testDatabase } from '../../../testing/mysql.js'
import { stoppedClock } from '../../../util/clock.js'
import { cases, conformance, tables } from '../../conformance.js'
import { openMysql } from './mysql.js'

const database = missing === undefined ? await testDatabase() : undefined
vitest.afterAll(() => database?.drop())

const skipped = Object.fromEntries(
  missing === undefined ? [] : cases.map(({ name }): [string, string] => [name, missing ?? '']),
)

conformance(
  vitest,
  'mysql',
  async () => {
    const clock = stoppedClock()
    return { engine: await openMysql({ url: database!.url, tables, clock, pool: 8 }), clock }
  },
  skipped,
)
