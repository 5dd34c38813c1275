// The bus of a PostgreSQL database: LISTEN and NOTIFY on one connection that is nobody else's. A pooler that shares
// connections between transactions takes a LISTEN and never delivers, so a connection counts only when something that a
// second one sent has come while it lay idle. The channel is of the schema, so that installations in one database do not
// hear each other; what is sent is the name of the node alone.
import { Socket } from 'node:net'
import type { Client, ClientConfig } from 'pg'
import { sha256 } from '../../util/hash.js'
import { randomBytes } from '../../util/ids.js'
import type { Bus, BusLog } from '../bus.js'
import { type Ends, keptBus, type Line, type Patience } from '../kept.js'

export interface PostgresBusOptions {
  /** How the server is reached without a pooler in between. */
  readonly config: ClientConfig
  readonly log: BusLog
  readonly patience?: Patience
  /** Milliseconds that an answer may take. */
  readonly answer?: number
}

type Config = ClientConfig & { readonly query_timeout: number }

/** Milliseconds for a connection, and for an answer on it. */
const connectLimit = 2000
const answerLimit = 5000

export function openPostgresBus({ config, log, patience, answer = answerLimit }: PostgresBusOptions): Bus {
  const node = randomBytes(6).toString('hex')
  const limited = { ...config, connectionTimeoutMillis: connectLimit, query_timeout: answer }
  return keptBus('postgres', (ends) => openLine(limited, node, ends), { log, patience })
}

async function openLine(config: Config, node: string, ends: Ends): Promise<Line> {
  const { Client } = (await import('pg')).default
  const socket = new Socket()
  const client = new Client({ ...config, stream: () => socket })
  const own = `sallyport_node_${node}`
  let echo = () => {}
  client.on('error', (error) => ends.lost(error.message))
  client.on('end', () => ends.lost('the server ended the connection'))
  client.on('notification', ({ channel, payload }) => {
    if (channel === own) echo()
    else if (payload !== node) ends.heard()
  })
  const hears = (send: () => Promise<void>) => {
    const listen = (heard: () => void) => {
      echo = heard
    }
    return hearing(listen, send, config.query_timeout)
  }
  // The driver takes one statement at a time.
  let last = Promise.resolve()
  const say = (channel: string, payload: string) => {
    last = last.catch(() => {}).then(() => notify(client, channel, payload))
    return last
  }
  try {
    await client.connect()
    const channel = await channelOf(client)
    await client.query(`LISTEN ${channel}; LISTEN ${own}`)
    await hears(() => notifyByAnother(new Client(config), own))
    return {
      announce: () => say(channel, node),
      check: () => hears(() => say(own, '')),
      close: () => end(client, socket),
    }
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/** Through a pooler a connection could hear itself and nobody else. */
async function notifyByAnother(client: Client, channel: string): Promise<void> {
  client.on('error', () => {})
  await client.connect()
  try {
    await notify(client, channel, '')
  } finally {
    await client.end().catch(() => {})
  }
}

async function notify(client: Client, channel: string, payload: string): Promise<void> {
  await client.query('SELECT pg_notify($1, $2)', [channel, payload])
}

/** The channel of the schema in which our tables are. */
async function channelOf(client: Client): Promise<string> {
  const { rows } = await client.query({ text: 'SELECT current_schema()', rowMode: 'array' })
  const [schema] = rows[0] as [string | null]
  if (schema === null) throw new Error('the schema of the database is not there')
  return `sallyport_${sha256(schema).toString('hex', 0, 8)}`
}

/** Has something sent to us. Throws where it does not come. */
async function hearing(
  listen: (heard: () => void) => void,
  send: () => Promise<void>,
  limit: number,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const heard = new Promise<void>((resolve, reject) => {
    listen(resolve)
    const silent = 'LISTEN hears nothing, as behind a pooler: set database_direct_url'
    timer = setTimeout(() => reject(new Error(silent)), limit).unref()
  })
  try {
    await Promise.all([heard, send()])
  } finally {
    clearTimeout(timer)
  }
}

/** Says goodbye, and hangs up on a server that does not hear it. */
async function end(client: Client, socket: Socket): Promise<void> {
  const timer = setTimeout(() => socket.destroy(), 500).unref()
  await client.end().catch(() => {})
  clearTimeout(timer)
  socket.destroy()
}
