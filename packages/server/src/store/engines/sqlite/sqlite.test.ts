import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as vitest from 'vitest'
import { stoppedClock } from '../../../util/clock.js'
import { conformance, tables } from '../../conformance.js'
import { openSqlite } from './sqlite.js'

const directory = mkdtempSync(join(tmpdir(), 'sallyport-sqlite-'))
vitest.afterAll(() => rmSync(directory, { recursive: true }))

for (const path of [join(directory, 'conformance.db'), ':memory:'])
  conformance(vitest, path === ':memory:' ? 'sqlite-memory' : 'sqlite', async () => {
    const clock = stoppedClock()
    return { engine: await openSqlite({ path, tables, clock }), clock }
  })
