import * as vitest from 'vitest'
import { stoppedClock } from '../../util/clock.js'
import { conformance, tables } from '../conformance.js'
import { openMemory } from './memory.js'

conformance(vitest, 'memory', async () => {
  const clock = stoppedClock()
  return { engine: openMemory({ tables, clock }), clock }
})
