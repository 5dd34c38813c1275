// A Redis server for tests: the real one, at SALLYPORT_TEST_REDIS or on this machine's usual port, where every test has a
// prefix of its own. Where no server answers, tests that need one are skipped and say so; where `CI` is set they fail.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createClient } from '@redis/client'
import { whyMissing } from './answering.js'
import { freeze, goOn } from './freeze.js'

/** The URL of the server that is there for all. Nothing of it is ever flushed or stopped. */
export const sharedRedis = process.env.SALLYPORT_TEST_REDIS ?? 'redis://127.0.0.1:6379'

/** Why no server answers; undefined where one does. */
export const missing: string | undefined = await whyMissing('Redis', new URL(sharedRedis).host, () =>
  onRedis(sharedRedis, (send) => send('PING')),
)

type Send = (...command: string[]) => Promise<unknown>

/** Runs commands on a connection of their own. */
export async function onRedis<T>(url: string, work: (send: Send) => Promise<T>): Promise<T> {
  const client = createClient({ url, socket: { connectTimeout: 2000, reconnectStrategy: false } })
  client.on('error', () => {})
  try {
    await client.connect()
    return await work((...command) => client.sendCommand(command))
  } finally {
    if (client.isOpen) client.destroy()
  }
}

/** Removes every key that begins so. */
export async function removeKeys(prefix: string): Promise<void> {
  await onRedis(sharedRedis, async (send) => {
    let cursor = '0'
    do {
      const [next, keys] = (await send('SCAN', cursor, 'MATCH', `${prefix}*`, 'COUNT', '1000')) as [
        string,
        string[],
      ]
      // One by one, as a node of a cluster wants them.
      await Promise.all(keys.map((key) => send('UNLINK', key)))
      cursor = next
    } while (cursor !== '0')
  })
}

export interface OwnRedis {
  readonly url: string
  /** It keeps its connections and says nothing, until it goes on. */
  freeze(): Promise<void>
  goOn(): void
  /** Kills it. What it kept is gone. */
  kill(): Promise<void>
}

/** A server of one's own on a free port, to be flushed, filled up and killed. It keeps nothing on disk. */
export async function startRedis(port: number, ...options: string[]): Promise<OwnRedis> {
  const url = `redis://127.0.0.1:${port}`
  const quiet = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--loglevel', 'warning']
  const child = spawn('redis-server', ['--port', String(port), ...quiet, ...options], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  for (let tries = 0; ; tries++)
    try {
      await onRedis(url, (send) => send('PING'))
      break
    } catch (error) {
      if (tries > 500) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  return {
    url,
    freeze: () => freeze(child),
    goOn: () => goOn(child),
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
