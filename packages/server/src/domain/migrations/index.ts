// Every migration, in order. Numbers only grow; a released migration never changes.
import type { Migration } from '../../store/store.js'
import { core } from './0001-core.js'
import { outbox } from './0002-outbox.js'
import { pages } from './0003-pages.js'
import { delivery } from './0004-delivery.js'
import { codes } from './0005-codes.js'
import { auditAnchor } from './0006-audit-anchor.js'
import { people } from './0007-people.js'
import { contracts } from './0008-contracts.js'
import { codeEnds } from './0009-code-ends.js'
import { legacy } from './0010-legacy.js'
import { origin } from './0011-origin.js'
import { holds } from './0012-holds.js'
import { room } from './0013-room.js'
import { gateCodes } from './0014-gate-codes.js'
import { removedVerifiers } from './0015-removed-verifiers.js'

export const migrations: readonly Migration[] = [
  core,
  outbox,
  pages,
  delivery,
  codes,
  auditAnchor,
  people,
  contracts,
  codeEnds,
  legacy,
  origin,
  holds,
  room,
  gateCodes,
  removedVerifiers,
]
