import { expect, it } from 'vitest'
import { check } from './rooms.mjs'
import { readTree, treeOf } from './tree.mjs'

const server = 'packages/server/src'

/** The problems of a small clean tree with one file planted in it. */
function planted(path, text) {
  return check(
    treeOf({
      'packages/protocol/src/index.ts': 'export const word = 1\n',
      [`${server}/util/clock.ts`]: 'export const clock = 1\n',
      [`${server}/domain/context.ts`]: "import { clock } from '../util/clock.js'\nexport const c = clock\n",
      [`${server}/server.ts`]: "import './store/engines/memory.js'\n",
      [path]: text,
    }),
  )
}

const allowed = [
  ['server.ts', "import { memory } from './store/engines/memory.js'"],
  ['util/hash.ts', "import { clock } from './clock.js'"],
  ['store/engines/postgres.ts', "const pg = await import('pg')"],
  ['store/engines/postgres.ts', "import type { Pool } from 'pg'"],
  ['store/engines/sqlite.ts', "new Worker(new URL('./sqlite/writer.js', import.meta.url))"],
  ['domain/users.ts', "import type { Store } from '../store/store.js'"],
  ['domain/users.ts', "import { word } from '@sallyport/protocol'"],
  ['features/login/enter.ts', "import { c } from '../../domain/context.js'"],
  ['features/index.ts', "import { login } from './login/index.js'"],
  ['features/index.ts', "import type { Feature } from '../domain/feature.js'"],
  ['features/login/login.test.ts', "import { openServer } from '../../testing/server.js'"],
  ['http/route.ts', "import type { C } from '../domain/context.js'"],
  ['observability/metrics.ts', "import type { C } from '../domain/context.js'"],
  ['observability/metrics.ts', "import type { E } from '../domain/events.js'"],
  ['compose.ts', "import { memory } from './store/engines/memory.js'"],
  ['nodes.ts', "import { openBus } from './bus/engines/open.js'"],
  ['domain/changes.ts', "import type { Bus } from '../bus/bus.js'"],
  ['server.ts', "import { createMetrics } from './observability/metrics.js'"],
  ['operator.ts', "import { callOperation } from './compose.js'"],
  ['cli/log.ts', "import { logOptions } from '../observability/log.js'"],
  ['cli/serve.ts', "import { start } from '../server.js'"],
  ['testing/server.ts', "import '../store/engines/memory.js'"],
  ['faults/database.ts', "import '../store/engines/memory.js'"],
  ['store/conformance.ts', "import { it } from 'vitest'"],
  ['store/conformance/races.ts', "import { it } from 'vitest'"],
]

it.each(allowed)('%s may say %s', (path, text) => {
  expect(planted(`${server}/${path}`, `${text}\n`)).toEqual([])
})

const trespasses = [
  ['util/hash.ts', "import { c } from '../domain/context.js'", 'util/ may not import domain/context.ts'],
  ['config/load.ts', "import type { Store } from '../store/store.js'", 'config/ may not'],
  ['store/engines/sqlite.ts', "import { c } from '../../domain/context.js'", 'store/ may not'],
  ['nodes.ts', "import { c } from './compose.js'", 'nodes.ts may not import compose.ts'],
  ['domain/changes.ts', "import { openLocal } from '../bus/engines/local.js'", 'the engine'],
  ['bus/bus.ts', "import { t } from '../store/table.js'", 'bus/ may not'],
  ['delivery/delivery.ts', "import { t } from '../store/table.js'", 'delivery/ may not'],
  ['domain/users.ts', "import { memory } from '../store/engines/memory.js'", 'the engine'],
  [
    'domain/users.ts',
    "import { cursor } from '../store/cursor.js'",
    'domain/ may not import store/cursor.ts',
  ],
  ['domain/users.ts', "import type { R } from '../features/login/index.js'", 'domain/ may not'],
  ['domain/users.ts', "export { r } from '../http/route.js'", 'domain/ may not import http/route.ts'],
  ['domain/users.ts', "type R = import('../http/route.js').R", 'domain/ may not import http/route.ts'],
  ['domain/users.ts', "const r = await import('../http/route.js')", 'domain/ may not import http/route.ts'],
  [
    'domain/users.ts',
    "new URL('../http/worker.js', import.meta.url)",
    'domain/ may not import http/worker.ts',
  ],
  ['domain/users.ts', "import '../../package.json'", 'outside every src/'],
  ['domain/users.ts', 'const r = await import(name)', 'computed import'],
  ['domain/users.ts', "import { sql } from 'kysely'", 'the driver kysely'],
  ['domain/users.ts', "import { DatabaseSync } from 'node:sqlite'", 'the driver node:sqlite'],
  ['domain/users.ts', "import mysql from 'mysql2/promise'", 'the driver mysql2/promise'],
  ['domain/users.ts', "import { it } from 'vitest'", 'vitest belongs in tests'],
  ['domain/users.ts', "import type { FastifyReply } from 'fastify'", 'fastify belongs in http/'],
  ['domain/users.ts', "import { x } from './users.test.js'", 'nothing imports a test'],
  ['domain/users.test.ts', "import { x } from './keys.test.js'", 'nothing imports a test'],
  ['domain/users.ts', "import { openServer } from '../testing/server.js'", 'only tests may'],
  ['cli/serve.ts', "import { freePort } from '../faults/process.js'", 'only tests may'],
  ['domain/users.ts', "import { suite } from '../store/conformance.js'", 'only tests may'],
  ['store/store.ts', "import { races } from './conformance/races.js'", 'only tests may'],
  ['features/login/enter.ts', "import { r } from '../refresh/rotate.js'", 'may not import features/refresh'],
  ['features/login/enter.ts', "import type { R } from '../../http/route.js'", 'may not import http/route.ts'],
  ['features/login/enter.ts', "import { f } from '../index.js'", 'may not import features/index.ts'],
  ['features/index.ts', "import { users } from '../domain/users.js'", 'features/index.ts may not'],
  ['features/index.ts', "import { enter } from './login/enter.js'", 'features/index.ts may not'],
  ['http/route.ts', "import { users } from '../domain/users.js'", 'http/ may not import domain/users.ts'],
  ['http/route.ts', "import { login } from '../features/login/index.js'", 'http/ may not'],
  ['http/route.ts', "import type { Store } from '../store/store.js'", 'http/ may not import store/store.ts'],
  ['http/route.ts', "import { m } from '../observability/metrics.js'", 'http/ may not'],
  ['observability/metrics.ts', "import { users } from '../domain/users.js'", 'observability/ may not'],
  ['observability/metrics.ts', "import { r } from '../http/route.js'", 'observability/ may not'],
  ['domain/users.ts', "import { m } from '../observability/metrics.js'", 'domain/ may not'],
  ['cli/serve.ts', "import { m } from '../observability/metrics.js'", 'cli/ may not'],
  ['cli/serve.ts', "import { users } from '../domain/users.js'", 'cli/ may not import domain/users.ts'],
  ['server.ts', "import { serve } from './cli/serve.js'", 'server.ts may not import cli/serve.ts'],
  ['store/store.ts', "import { memory } from './engines/memory.js'", 'the engine'],
  ['store/engines/postgres.ts', "import pg from 'pg'", 'imported on first use'],
  ['cupboard/things.ts', 'export const x = 1', 'is in no room'],
  ['main.ts', 'export const x = 1', 'is in no room'],
]

it.each(trespasses)('%s may not say %s', (path, text, reason) => {
  const problems = planted(`${server}/${path}`, `${text}\n`)
  expect(problems).toHaveLength(1)
  expect(problems[0]).toContain(`${server}/${path}`)
  expect(problems[0]).toContain(reason)
})

it.each([
  ['protocol', "import { v } from '@sallyport/verify'", '@protocol/ may not'],
  ['protocol', "import { createHash } from 'node:crypto'", 'protocol runs anywhere'],
  ['verify', "import { p } from '@sallyport/protocol'", '@verify/ may not'],
  ['verify', "import { openIssuer } from './trial/issuer.js'", 'only tests may'],
  ['client', "import { v } from '@sallyport/verify'", '@client/ may not'],
  ['pages', "import { c } from '@sallyport/client'", '@pages/ may not'],
  ['console', "import { p } from '@sallyport/pages'", '@console/ may not'],
  ['novelty', 'export const x = 1', 'is in no room'],
])('the package %s may not say %s', (name, text, reason) => {
  const problems = planted(`packages/${name}/src/door.ts`, `${text}\n`)
  expect(problems).toHaveLength(1)
  expect(problems[0]).toContain(reason)
})

it('names the line', () => {
  expect(planted(`${server}/util/a.ts`, "// first\n\nimport '../server.js'\n")[0]).toContain('util/a.ts:3:')
})

it('fails where it finds nothing to check', () => {
  expect(check(treeOf({ 'README.md': '' }))).toHaveLength(1)
})

it('reads real sources: this very repository has some', () => {
  expect(readTree().files).toContain('packages/server/src/util/clock.ts')
})
