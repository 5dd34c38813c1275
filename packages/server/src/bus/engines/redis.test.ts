import * as vitest from 'vitest'
import { freePort } from '../../faults/process.js'
import { missing, type OwnRedis, onRedis, startRedis } from '../../testing/redis.js'
import { type BusHarness, cases, conformance } from '../conformance.js'
import { openRedisBus } from './redis.js'

let port: number
let redis: OwnRedis
const log = { info: () => {}, warn: () => {} }
vitest.beforeAll(async () => {
  port = await freePort()
  if (missing === undefined) redis = await startRedis(port)
})
vitest.afterAll(() => redis?.kill())

const open = async (prefix: string) =>
  openRedisBus({
    config: { socket: { host: '127.0.0.1', port } },
    prefix,
    log,
    patience: { first: 20, most: 100, beat: 15_000 },
  })

const harness: BusHarness = {
  open: () => open('here:'),
  openElsewhere: () => open('elsewhere:'),
  cut: () =>
    onRedis(redis.url, async (send) => {
      for (const type of ['pubsub', 'normal']) await send('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes')
    }),
}

const skipped = Object.fromEntries(
  missing === undefined ? [] : cases.map(({ name }): [string, string] => [name, missing ?? '']),
)

conformance(vitest, 'redis', harness, skipped)
