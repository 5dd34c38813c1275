// The driver `pg` and its pool: connections, their limits and time-outs, how values come back. What an error means is
// errors.ts's, what a URL says url.ts's. Statements are named, so that the server prepares each once a connection.
import type { Duplex } from 'node:stream'
import type { Client, ClientConfig } from 'pg'
import { StoreUnavailable } from '../../store.js'
import type { Stored } from '../../values.js'
import { createPool, type Pool } from '../sql/pool.js'
import {
  type Connections,
  createConnections,
  idleness,
  type Patience,
  patience,
  type Run,
  silence,
} from '../sql/server.js'
import { afterPatience } from '../sql/waiting.js'
import { isAnswer, isLocked, isOfStatement, isUndone } from './errors.js'
import type { Target } from './url.js'

const driver = async () => (await import('pg')).default

/** Opens a pool, which connects when it is first used. */
export async function openPool(
  target: Target,
  size: number,
  { connect, statement }: Patience,
): Promise<Connections> {
  const { Client } = await driver()
  const config = { ...(await configOf(target, statement)), query_timeout: statement + silence }
  const pool: Pool<Client> = createPool<Client>({
    size,
    patience: connect,
    idle: idleness,
    open: async () => {
      const client = await connected(new Client(config), connect)
      for (const event of ['error', 'end'])
        client.on(event as 'end', () => {
          lost.add(client)
          pool.lose(client)
        })
      return client
    },
    close: hangUp,
    tooLate: () => new StoreUnavailable(`no connection was free for ${connect} ms`),
  })
  return createConnections((work) => withClient(pool, target.pooled, work), pool.end)
}

/** Connections that broke, noticed by the driver while nobody asked anything on them, or given up for their silence. */
const lost = new WeakSet<Client>()

const cutOff = (client: Client) =>
  void (client as unknown as { connection: { stream: Duplex } }).connection.stream.destroy()

/** Says goodbye, which a network that swallows everything does not answer. */
async function hangUp(client: Client): Promise<void> {
  const timer = setTimeout(cutOff, 500, client)
  await client.end().catch(() => {})
  clearTimeout(timer)
}

/** Connects, in time or not at all. An error of the connection later on is no event that would end the process. */
async function connected(client: Client, patience: number): Promise<Client> {
  client.on('error', () => {})
  let late = false
  const callOff = afterPatience(patience, () => {
    late = true
    cutOff(client)
  })
  try {
    await client.connect()
    return client
  } catch (error) {
    if (!late) throw error
    throw new StoreUnavailable(`PostgreSQL let nobody in for ${patience} ms`)
  } finally {
    callOff()
  }
}

async function withClient<T>(
  pool: Pool<Client>,
  pooled: boolean,
  work: (run: Run) => Promise<T>,
): Promise<T> {
  const client = await pool.take()
  let broken = false
  try {
    return await work(runOn(client, pooled))
  } catch (error) {
    // A standby that was the primary yesterday keeps its connections; only a new one finds the primary of today.
    broken =
      !(error instanceof StoreUnavailable) && !isOfStatement(error) && !isUndone(error) && !isLocked(error)
    throw error
  } finally {
    pool.give(client, broken || lost.has(client))
  }
}

function runOn(client: Client, pooled: boolean): Run {
  return async ({ name, text }, values = []) => {
    const named = name !== undefined && !pooled && { name }
    const query = { ...named, text, values: values as Stored[], rowMode: 'array' as const }
    const { rows, rowCount } = await client.query(query).catch((error) => {
      if (isAnswer(error)) throw error
      // Whatever is asked on it next, such as a ROLLBACK, would be waited for as long again.
      lost.add(client)
      cutOff(client)
      throw error
    })
    return { rows: rows as Stored[][], matched: rowCount ?? 0 }
  }
}

/**
 * Runs work on a connection of its own, which waits for locks and runs statements for up to `statement` milliseconds:
 * migrations.
 */
export async function withConnection<T>(
  target: Target,
  statement: number,
  work: (run: Run) => Promise<T>,
): Promise<T> {
  const { Client } = await driver()
  const client = await connected(new Client(await configOf(target, statement)), patience.connect)
  try {
    return await work(runOn(client, target.pooled))
  } finally {
    await hangUp(client)
  }
}

/** A connection of one's own, for what needs it to stay: LISTEN. */
export const directConfig = (target: Target): Promise<ClientConfig> => configOf(target, patience.statement)

async function configOf(target: Target, timeout: number): Promise<ClientConfig> {
  const { host, port, database, user, password, ssl, application, pooled } = target
  return {
    host,
    port,
    database,
    user,
    password,
    ssl,
    application_name: application,
    // A pooler would not take them: what is left on a connection belongs to somebody else a moment later.
    ...(!pooled && sessionOf(target, timeout)),
    keepAlive: true,
    types: { getTypeParser: await parsers() } as ClientConfig['types'],
  }
}

/** What holds for a connection as long as it stands; said when it begins. */
function sessionOf({ schema }: Target, timeout: number): ClientConfig {
  // What guards an update holds at this level of isolation alone without being tried again; it is PostgreSQL's own
  // default, but one that a database can change.
  const options = ['-c default_transaction_isolation=read\\ committed']
  if (schema !== undefined) options.push(`-c search_path=${schema}`)
  return {
    options: options.join(' '),
    statement_timeout: timeout,
    idle_in_transaction_session_timeout: 10_000,
  }
}

const oid = { boolean: 16, bytea: 17, bigint: 20, smallint: 21, integer: 23 }

/** Values as the engines keep them: booleans are 0 and 1, whole numbers are numbers, bytes a Buffer, all else is text. */
async function parsers() {
  const { types } = await driver()
  const toBytes = types.getTypeParser(oid.bytea, 'text') as (value: string) => Buffer
  const byOid = new Map<number, (value: string) => Stored>([
    [oid.boolean, (value) => (value === 't' ? 1 : 0)],
    [oid.bytea, toBytes],
    [oid.bigint, Number],
    [oid.smallint, Number],
    [oid.integer, Number],
  ])
  const asIs = (value: string) => value
  return (type: number) => byOid.get(type) ?? asIs
}
