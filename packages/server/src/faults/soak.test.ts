import { randomBytes, randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeEach, expect, it } from 'vitest'
import { type Client, createClient } from './client.js'
import { type Running, startServer, stopServer, unlimited, watchServers } from './process.js'
import { type Home, makeHome } from './seed.js'

watchServers()

const kibibyte = 1024
const people = 200
const round = 3000
const hands = 16
/** Far less than anything that is kept of each request would come to. */
const perRequest = 300

/** Run in the server's process before the server itself: collects garbage and tells the heap, at a signal. */
const scale = `
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread } from 'node:worker_threads'
if (isMainThread) {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc')
  process.on('SIGUSR2', () => {
    gc()
    process.stderr.write('heap ' + process.memoryUsage().heapUsed + '\\n')
  })
}
`

let home: Home
beforeEach(async () => {
  home = await makeHome({ people })
  writeFileSync(join(home.directory, 'scale.mjs'), scale)
  return () => home.remove()
})

const weights = (server: Running) =>
  [...server.output().matchAll(/^heap (\d+)$/gm)].map(([, bytes]) => Number(bytes))

/** The heap without garbage, in bytes. */
async function weigh(server: Running): Promise<number> {
  const before = weights(server).length
  server.signal('SIGUSR2')
  await expect.poll(() => weights(server).length, { timeout: 10_000 }).toBe(before + 1)
  return weights(server).at(-1)!
}

interface Device {
  refresh: string
  readonly access: string
}

/** One request after another, of those that a day brings: mostly good ones, and some of every kind of nonsense. */
async function act(client: Client, device: Device, number: number): Promise<number> {
  if (number % 8 === 0) return (await client.get(`/v1/${randomUUID()}`)).status
  if (number % 8 === 1)
    return (await client.post('/v1/refresh', { refresh_token: randomBytes(64).toString('base64url') })).status
  if (number % 8 === 2)
    return (await client.get('/v1/me', `${device.access.slice(0, -8)}${randomUUID().slice(0, 8)}`)).status
  if (number % 8 === 3) return (await client.get('/v1/me', device.access)).status
  const answer = await client.post('/v1/refresh', { refresh_token: device.refresh })
  device.refresh = answer.json.refresh_token as string
  return answer.status
}

it(`in ${3 * round} requests, for want of a day, a server's memory does not grow`, async () => {
  const env = { NODE_OPTIONS: `--import=${pathToFileURL(join(home.directory, 'scale.mjs'))}` }
  const server = await startServer(home, { env, flags: unlimited })
  const client = createClient(server.port)
  const devices = await Promise.all(
    home.people.map(async ({ tokens }): Promise<Device> => {
      const { json } = await client.post('/v1/refresh', { refresh_token: tokens[0] })
      return { refresh: json.refresh_token as string, access: json.access_token as string }
    }),
  )
  let done = 0
  const work = async () => {
    const seen: Record<number, number> = {}
    const until = done + round
    const hand = async (mine: number) => {
      for (let number = mine; done < until; number += hands) {
        done += 1
        const status = await act(client, devices[number % people]!, done)
        seen[status] = (seen[status] ?? 0) + 1
      }
    }
    await Promise.all(Array.from({ length: hands }, (_, mine) => hand(mine)))
    expect(Object.keys(seen)).toEqual(['200', '401', '404'])
  }
  await work()
  const heap = await weigh(server)
  const resident = server.memory()
  await work()
  await work()
  const grown = (await weigh(server)) - heap
  process.stdout.write(`soak: the heap of ${heap >> 10} KiB grew by ${grown >> 10} KiB\n`)
  expect(grown).toBeLessThan(2 * round * perRequest)
  expect(server.memory()).toBeLessThan(resident + 64 * kibibyte * kibibyte)
  client.close()
  expect(await stopServer(server)).toMatchObject({ code: 0 })
})
