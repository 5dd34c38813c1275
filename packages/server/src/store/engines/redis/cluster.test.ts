// A Redis in cluster mode, which refuses a command on keys of several slots. It has all slots, since the engine follows no
// redirections; and because it would let a script touch keys that were not named to it, as long as they are its own, what
// scripts touch is watched.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import * as vitest from 'vitest'
import { freePort } from '../../../testing/port.js'
import { missing, type OwnRedis, onRedis, startRedis } from '../../../testing/redis.js'
import { notOnRedis } from '../../../testing/redis-cases.js'
import { stoppedClock } from '../../../util/clock.js'
import { cases, conformance } from '../../conformance.js'
import { openRedis } from './redis.js'
import * as scripts from './scripts.js'

let directory: string
let server: OwnRedis | undefined
let watched: Watched | undefined
vitest.afterAll(async () => {
  if (server === undefined) return
  await server.kill()
  rmSync(directory, { recursive: true })
})

async function startCluster(): Promise<OwnRedis> {
  directory = mkdtempSync(join(tmpdir(), 'sallyport-cluster-'))
  const files = ['--dir', directory, '--cluster-config-file', 'nodes.conf']
  const bus = ['--cluster-port', String(await freePort())]
  const own = await startRedis(await freePort(), '--cluster-enabled', 'yes', ...files, ...bus)
  await onRedis(own.url, async (send) => {
    await send('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    // It says no to everything until it has looked at itself.
    while (!String(await send('CLUSTER', 'INFO')).includes('cluster_state:ok'))
      await new Promise((resolve) => setTimeout(resolve, 20))
  })
  return own
}

interface Watched {
  /** The hashes of the scripts that were asked for. */
  readonly ran: ReadonlySet<string>
  /** What scripts did to another key than the one that was named to them. */
  readonly strayed: readonly string[]
  readonly last: () => string
}

/** Follows what the server does. */
async function watch({ url }: OwnRedis): Promise<Watched> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  // It ends when the server is killed.
  socket.on('error', () => {})
  socket.write('MONITOR\r\n')
  await once(socket, 'data')
  const ran = new Set<string>()
  const strayed: string[] = []
  let last = ''
  let own: string | undefined
  // What a script does stands behind the call of it.
  createInterface({ input: socket }).on('line', (line) => {
    last = line
    const [command = '', first = '', , key] = [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(
      ([, word]) => word,
    )
    if (/^\S+ \[\d+ lua\]/.test(line)) {
      if (first !== own && command !== 'TIME') strayed.push(line)
    } else if (command.startsWith('EVAL')) {
      ran.add(first)
      own = key
    }
  })
  return { ran, strayed, last: () => last }
}

conformance(
  vitest,
  'redis in cluster mode',
  async () => {
    server = await startCluster()
    watched = await watch(server)
    const clock = stoppedClock()
    const engine = await openRedis({ url: server.url, prefix: 'x:', clock, patience: { answer: 20_000 } })
    return { engine, clock }
  },
  missing === undefined
    ? notOnRedis
    : Object.fromEntries(cases.map(({ name }): [string, string] => [name, missing ?? ''])),
)

// skipped: testing/redis.ts says why no Redis is there, and fails in CI
vitest.test.skipIf(missing !== undefined)(
  'each script was run by these cases, and touched the key that was named to it alone',
  async () => {
    const { ran, strayed, last } = watched!
    await onRedis(server!.url, (send) => send('ECHO', 'that is all'))
    await vitest.expect.poll(last).toContain('that is all')
    vitest.expect(strayed).toEqual([])
    vitest
      .expect([...ran])
      .toEqual(vitest.expect.arrayContaining(Object.values(scripts).map(({ sha }) => sha)))
  },
)
