// The driver `pg` and its pool: connections, their limits and time-outs, how values come back. What an error means is
// errors.ts's, what a URL says url.ts's. Statements are named, so that the server prepares each once a connection.
import type { ClientConfig, Pool, PoolClient } from 'pg'
import { StoreUnavailable } from '../../store.js'
import type { Stored } from '../../values.js'
import {
  type Connections,
  createConnections,
  idleness,
  type Patience,
  patience,
  type Run,
  silence,
} from '../sql/server.js'
import { isOfStatement, isUndone } from './errors.js'
import type { Target } from './url.js'

const driver = async () => (await import('pg')).default

/** Opens a pool, which connects when it is first used. */
export async function openPool(
  target: Target,
  size: number,
  { connect, statement }: Patience,
): Promise<Connections> {
  const { Pool } = await driver()
  const pool = new Pool({
    ...(await configOf(target, statement)),
    query_timeout: statement + silence,
    max: size,
    connectionTimeoutMillis: connect,
    idleTimeoutMillis: idleness,
  })
  // An idle connection that breaks leaves the pool by itself; without a listener it would end the process.
  pool.on('error', () => {})
  return createConnections(
    (work) => withClient(pool, work),
    () => pool.end(),
  )
}

async function withClient<T>(pool: Pool, work: (run: Run) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  // Between two statements of one act nobody else would hear that the connection broke.
  const broke = () => {}
  client.on('error', broke)
  let broken = false
  try {
    return await work(runOn(client))
  } catch (error) {
    // A standby that was the primary yesterday keeps its connections; only a new one finds the primary of today.
    broken = !(error instanceof StoreUnavailable) && !isOfStatement(error) && !isUndone(error)
    throw error
  } finally {
    client.off('error', broke)
    client.release(broken)
  }
}

function runOn(client: Pick<PoolClient, 'query'>): Run {
  return async ({ name, text }, values = []) => {
    const { rows, rowCount } = await client.query({
      ...(name !== undefined && { name }),
      text,
      values: values as Stored[],
      rowMode: 'array',
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
  const client = new Client({
    ...(await configOf(target, statement)),
    connectionTimeoutMillis: patience.connect,
  })
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(runOn(client))
  } finally {
    await client.end().catch(() => {})
  }
}

/** A connection of one's own, for what needs it to stay: LISTEN. */
export const directConfig = (target: Target): Promise<ClientConfig> => configOf(target, patience.statement)

async function configOf(target: Target, timeout: number): Promise<ClientConfig> {
  const { host, port, database, user, password, ssl, schema, application } = target
  // What guards an update holds at this level of isolation alone without being tried again; it is PostgreSQL's own
  // default, but one that a database can change.
  const options = ['-c default_transaction_isolation=read\\ committed']
  if (schema !== undefined) options.push(`-c search_path=${schema}`)
  return {
    host,
    port,
    database,
    user,
    password,
    ssl,
    application_name: application,
    options: options.join(' '),
    statement_timeout: timeout,
    idle_in_transaction_session_timeout: 10_000,
    keepAlive: true,
    types: { getTypeParser: await parsers() } as ClientConfig['types'],
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
