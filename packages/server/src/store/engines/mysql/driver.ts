// The driver `mysql2`: connections, how values go and come, when an answer is no longer waited for. What an error means is
// errors.ts's, what a URL says url.ts's, what a connection is told first session.ts's.
import { connect as connectSocket, type Socket } from 'node:net'
import type { Connection, ConnectionOptions, QueryError } from 'mysql2'
import { StoreUnavailable } from '../../store.js'
import { type Stored, toBuffer } from '../../values.js'
import { createPool, type Pool } from '../sql/pool.js'
import {
  type Connections,
  createConnections,
  idleness,
  type Patience,
  patience,
  type Result,
  type Run,
  silence,
} from '../sql/server.js'
import { isClosed, isOfStatement, isUndone } from './errors.js'
import { kindOf, type ServerKind, sessionSql } from './session.js'
import type { Target } from './url.js'

type Driver = typeof import('mysql2')

const driver = async (): Promise<Driver> => (await import('mysql2')).default as unknown as Driver

/** How many statements a connection keeps prepared; the servers allow some 16,000 in all. */
const prepared = 200

interface Link {
  readonly connection: Connection
  readonly socket: Socket
  readonly run: Run
  /** Whether it broke, or an answer on it was given up. */
  broken: boolean
}

/** Opens a pool and its first connection, which tells which server it is. */
export async function openPool(
  target: Target,
  size: number,
  { connect, statement }: Patience,
): Promise<Connections> {
  const mysql = await driver()
  let kind: ServerKind | undefined
  const pool: Pool<Link> = createPool<Link>({
    size,
    patience: connect,
    idle: idleness,
    open: async () => {
      const link = await openLink(mysql, target, { connect, statement })
      try {
        kind ??= await kindOf(link.run)
        for (const text of sessionSql(kind, statement)) await link.run({ text })
      } catch (error) {
        hangUp(link)
        throw error
      }
      // The server ends idle connections, all of them where it is stopped.
      for (const event of ['end', 'error']) link.connection.on(event, () => pool.lose(link))
      return link
    },
    close: async (link) => hangUp(link),
    tooLate: () => new StoreUnavailable(`no connection was free for ${connect} ms`),
  })
  pool.give(await pool.take(), false)
  return createConnections((work) => withPooled(pool, work), pool.end)
}

async function withPooled<T>(pool: Pool<Link>, work: (run: Run) => Promise<T>): Promise<T> {
  const link = await pool.take()
  try {
    return await work(link.run)
  } catch (error) {
    // A replica that was the primary yesterday keeps its connections; only a new one finds the primary of today.
    const isWhole = isOfStatement(error) || isUndone(error) || isClosed(error)
    link.broken ||= !(error instanceof StoreUnavailable) && !isWhole
    throw error
  } finally {
    pool.give(link, link.broken)
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
  const mysql = await driver()
  const limits = { connect: patience.connect, statement }
  return withLink(mysql, target, limits, async ({ run }) => {
    for (const text of sessionSql(await kindOf(run), statement)) await run({ text })
    return work(run)
  })
}

async function withLink<T>(
  mysql: Driver,
  target: Target,
  limits: Patience,
  work: (link: Link) => Promise<T>,
): Promise<T> {
  const link = await openLink(mysql, target, limits)
  try {
    return await work(link)
  } finally {
    hangUp(link)
  }
}

function openLink(mysql: Driver, target: Target, limits: Patience): Promise<Link> {
  const { host, port, socket: path } = target
  const socket = path === undefined ? connectSocket({ host, port }) : connectSocket(path)
  socket.setNoDelay(true)
  socket.setKeepAlive(true, 60_000)
  const connection = mysql.createConnection({ ...optionsOf(target, limits.connect), stream: () => socket })
  const late = { broken: false, limit: limits.statement + silence }
  const link: Link = Object.assign(late, {
    connection,
    socket,
    run: runOn(mysql, connection, late.limit, () => giveUp(mysql, target, link)),
  })
  return new Promise((resolve, reject) => {
    // Without a listener a connection that breaks would end the process.
    connection.on('error', () => {
      link.broken = true
    })
    connection.on('end', () => {
      link.broken = true
    })
    connection.connect((error) => {
      if (!error) return resolve(link)
      socket.destroy()
      reject(error)
    })
  })
}

function optionsOf(target: Target, timeout: number): ConnectionOptions {
  const { host, port, socket, database, user, password, ssl } = target
  return {
    host,
    port,
    database,
    ...(socket !== undefined && { socketPath: socket }),
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    ...(ssl !== undefined && { ssl }),
    connectTimeout: timeout,
    connectAttributes: { program_name: 'sallyport' },
    // A server could ask for any file of this machine.
    flags: ['-LOCAL_FILES'],
    maxPreparedStatements: prepared,
    timezone: 'Z',
  }
}

/** Ends a connection politely; what is not answered any more is not waited for. */
function hangUp({ connection, socket, broken }: Link): void {
  if (broken) return void socket.destroy()
  // The driver calls back before it writes its last word.
  connection.end(() => setImmediate(() => socket.destroySoon()))
}

/** An answer is not waited for any longer: the connection goes, and the server is asked to end what runs on it. */
function giveUp(mysql: Driver, target: Target, link: Link): void {
  link.broken = true
  link.socket.destroy()
  const kill = `KILL ${Number(link.connection.threadId)}`
  withLink(mysql, target, patience, ({ run }) => run({ text: kill })).catch(() => {})
}

/** Statements with a name or values are prepared once a connection; the rest goes as it is. */
function runOn(mysql: Driver, connection: Connection, limit: number, expired: () => void): Run {
  return ({ name, text }, values = []) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        expired()
        reject(new StoreUnavailable(`MySQL: no answer came within ${limit} ms`))
      }, limit)
      const done = (error: QueryError | null, answer: unknown) => {
        clearTimeout(timer)
        if (error) reject(error)
        else resolve(toResult(answer))
      }
      const options = { sql: text, rowsAsArray: true }
      if (name === undefined && values.length === 0) connection.query(options, done)
      else connection.execute({ ...options, values: values.map((value) => toParameter(mysql, value)) }, done)
    })
}

/** Texts go as their bytes, which no character set of a connection can change; numbers as integers, not as doubles. */
function toParameter({ TypedParameter }: Driver, value: Stored) {
  if (typeof value === 'string') return Buffer.from(value)
  if (typeof value === 'number') return TypedParameter.BIGINT(value)
  return value === null ? null : toBuffer(value)
}

function toResult(answer: unknown): Result {
  if (Array.isArray(answer)) return { rows: answer as Stored[][], matched: answer.length }
  const { affectedRows = 0, insertId = 0 } = answer as { affectedRows?: number; insertId?: number }
  return { rows: [], matched: affectedRows, last: Number(insertId) }
}
