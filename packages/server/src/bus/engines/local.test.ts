import * as vitest from 'vitest'
import { conformance } from '../conformance.js'
import { openLocal } from './local.js'

const [here, elsewhere] = [new Set<(() => void)[]>(), new Set<(() => void)[]>()]
const uncut = 'there is no connection that could be cut'

conformance(
  vitest,
  'local',
  {
    open: async () => openLocal(here),
    openElsewhere: async () => openLocal(elsewhere),
    cut: async () => {},
  },
  { 'a cut heals, whoever was cut off is told, and hears again': uncut },
)
