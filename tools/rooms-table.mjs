// The law of the rooms, as data: rooms.mjs enforces it, ARCHITECTURE.md explains it.

const interfaces = ['store/store.ts', 'store/table.ts', 'bus/bus.ts', 'delivery/delivery.ts']

/** What puts the server together: six files, each with less of it than the one before; and what works on a database as a whole. */
export const roots = [
  ...['server.ts', 'operator.ts', 'contracts.ts', 'compose.ts', 'storage.ts', 'nodes.ts'],
  ...['mover.ts', 'mover-target.ts', 'restorer.ts', 'relocator.ts'],
]
const below = [
  'util/',
  'config/',
  'store/',
  'bus/',
  'delivery/',
  'domain/',
  'features/',
  'http/',
  'observability/',
]
const composed = [
  ...below,
  ...[
    'nodes.ts',
    'storage.ts',
    'compose.ts',
    'contracts.ts',
    'operator.ts',
    'mover.ts',
    'mover-target.ts',
    'restorer.ts',
    'relocator.ts',
  ],
  ...['pages/', '@*/'],
]

// [room, what it may import]; the first room that fits counts. Paths are below packages/server/src, other packages
// are @name/. A closing `/` means everything below, `*` is one name, `$1` is the importer's own.
export const rooms = [
  ['util/', ['util/']],
  ['config/', ['config/', 'util/']],
  ['store/', ['store/', 'util/']],
  ['bus/', ['bus/', 'util/']],
  ['delivery/', ['delivery/', 'util/']],
  ['domain/', ['domain/', 'util/', '@protocol/', '@verify/', ...interfaces]],
  ['features/index.ts', ['features/*/index.ts', 'domain/feature.ts']],
  ['features/*/', ['features/$1/', 'domain/', 'util/', '@protocol/', ...interfaces]],
  ['http/', ['http/', 'util/', '@protocol/', 'domain/context.ts']],
  ['observability/', ['observability/', 'util/', '@protocol/', 'domain/context.ts', 'domain/events.ts']],
  ['storage.ts', composed],
  ['nodes.ts', ['config/', 'store/', 'bus/', 'domain/context.ts', 'util/']],
  ['compose.ts', composed],
  ['contracts.ts', composed],
  ['pages/', composed],
  ['operator.ts', composed],
  ['mover.ts', composed],
  ['mover-target.ts', composed],
  ['restorer.ts', composed],
  ['relocator.ts', composed],
  ['server.ts', composed],
  ['cli/', ['cli/', 'server.ts', 'config/', 'util/', 'observability/log.ts', '@protocol/', '@verify/']],
  ['testing/', []],
  ['faults/', []],
  ['gateways/', []],
  ['journeys/', []],
  ['@protocol/', ['@protocol/']],
  ['@verify/trial/', []],
  ['@verify/', ['@verify/']],
  ['@client/', ['@client/']],
  ['@pages/', ['@pages/', '@protocol/']],
  ['@console/', ['@console/', '@client/', '@protocol/']],
]

/** Rooms of tests and their tools: they may import anything, and nothing but tests imports them. */
export const testRooms = ['testing/', 'faults/', 'gateways/', 'journeys/', '@verify/trial/']
/** Database, cache and mail drivers, and the query builder: what only engines/ may import. */
export const drivers =
  /^(node:sqlite|@photostructure\/sqlite|better-sqlite3|kysely|pg|mysql2|mariadb|mongodb|redis|@redis\/client|ioredis|nodemailer)(\/|$)/
/** What only tests may import. */
export const testTools = /^(vitest|fast-check|playwright-core|axe-core|smtp-server|postal-mime)(\/|$)/
