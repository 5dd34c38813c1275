import * as vitest from 'vitest'
import { stoppedClock } from '../../util/clock.js'
import { conformance } from '../conformance.js'
import { openMemory } from './memory.js'

conformance(vitest, 'memory', async () => {
  const clock = stoppedClock()
  return { engine: openMemory({ clock }), clock }
})
