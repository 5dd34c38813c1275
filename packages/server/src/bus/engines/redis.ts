// The bus of a Redis: PUBLISH and SUBSCRIBE on one connection, which RESP3 allows. The channel is of the prefix, so that
// installations in one Redis do not hear each other; what is sent is the name of the node alone.
import type { RedisClientOptions } from '@redis/client'
import { randomBytes } from '../../util/ids.js'
import type { Bus, BusLog } from '../bus.js'
import { type Ends, keptBus, type Line, type Patience } from '../kept.js'

export interface RedisBusOptions {
  /** How the server is reached. */
  readonly config: Pick<RedisClientOptions, 'socket' | 'username' | 'password'>
  readonly prefix: string
  readonly log: BusLog
  readonly patience?: Patience
  /** Milliseconds that an answer may take. */
  readonly answer?: number
}

/** Milliseconds for a connection, and for an answer on it. */
const connectLimit = 2000
const answerLimit = 5000

export function openRedisBus({ log, patience, ...own }: RedisBusOptions): Bus {
  const node = randomBytes(6).toString('hex')
  return keptBus('redis', (ends) => openLine(own, node, ends), { log, patience })
}

async function openLine(
  { config, prefix, answer = answerLimit }: Pick<RedisBusOptions, 'config' | 'prefix' | 'answer'>,
  node: string,
  ends: Ends,
): Promise<Line> {
  const answered = <T>(work: Promise<T>) => within(answer, work)
  const { createClient } = await import('@redis/client')
  const client = createClient({
    ...config,
    socket: { ...config.socket, connectTimeout: connectLimit, reconnectStrategy: false } as never,
    RESP: 3,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
  })
  // Throws where it is closed already.
  const close = async () => {
    try {
      client.destroy()
    } catch {}
  }
  client.on('error', (error: Error) => ends.lost(error.message))
  client.on('end', () => ends.lost('the server ended the connection'))
  try {
    // The driver's own limit ends when the socket stands; the first words on it have none.
    await answered(client.connect())
    const channel = `${prefix}bus`
    const heard = (from: string) => from === node || ends.heard()
    await answered(client.subscribe(channel, heard))
    return {
      announce: async () => void (await answered(client.publish(channel, node))),
      check: async () => void (await answered(client.ping())),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** The answer of a server that is not silent. */
function within<T>(limit: number, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error(`no answer within ${limit} ms`))
    const timer = setTimeout(late, limit).unref()
    answer.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
