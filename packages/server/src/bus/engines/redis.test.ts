import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import * as vitest from 'vitest'
import { freePort } from '../../testing/port.js'
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

vitest.test(
  'a server that takes connections and says nothing cuts the bus off, and does not keep it open',
  async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const reasons: unknown[] = []
    const bus = openRedisBus({
      config: { socket: { host: '127.0.0.1', port } },
      prefix: 'here:',
      log: { info: () => {}, warn: ({ reason }) => void reasons.push(reason) },
      answer: 100,
    })
    bus.hear(() => {})
    await vitest.expect.poll(() => reasons).toEqual(['no answer within 100 ms'])
    await bus.close()
    server.close()
  },
)
