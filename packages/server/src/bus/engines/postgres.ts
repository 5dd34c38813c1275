// The bus of a PostgreSQL database: LISTEN and NOTIFY on one connection that is nobody else's. A pooler that shares
// connections between transactions takes a LISTEN and never delivers, so a connection counts only when it has heard
// itself. The channel is of the schema, so that installations in one database do not hear each other; what is sent is
// the name of the node alone.
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
}

/** Milliseconds for a connection, and for an answer on it. */
const connectLimit = 2000
const answerLimit = 5000

export function openPostgresBus({ config, log, patience }: PostgresBusOptions): Bus {
  const node = randomBytes(6).toString('hex')
  return keptBus('postgres', (ends) => openLine(config, node, ends), { log, patience })
}

async function openLine(config: ClientConfig, node: string, ends: Ends): Promise<Line> {
  const { Client } = (await import('pg')).default
  const socket = new Socket()
  const client = new Client({
    ...config,
    stream: () => socket,
    connectionTimeoutMillis: connectLimit,
    query_timeout: answerLimit,
  })
  const own = `sallyport_node_${node}`
  let echo = () => {}
  client.on('error', (error) => ends.lost(error.message))
  client.on('end', () => ends.lost('the server ended the connection'))
  client.on('notification', ({ channel, payload }) => {
    if (channel === own) echo()
    else if (payload !== node) ends.heard()
  })
  const check = () =>
    hearing(
      (heard) => {
        echo = heard
      },
      () => notify(client, own, ''),
    )
  try {
    await client.connect()
    const channel = await channelOf(client)
    await client.query(`LISTEN ${channel}; LISTEN ${own}`)
    await check()
    return { announce: () => notify(client, channel, node), check, close: () => end(client, socket) }
  } catch (error) {
    socket.destroy()
    throw error
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

/** Sends something to ourselves. Throws where it does not come. */
async function hearing(listen: (heard: () => void) => void, send: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const heard = new Promise<void>((resolve, reject) => {
    listen(resolve)
    const silent = 'LISTEN hears nothing, as behind a pooler: set database_direct_url'
    timer = setTimeout(() => reject(new Error(silent)), answerLimit).unref()
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
