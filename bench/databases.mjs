// The database servers that a figure works on besides SQLite, with a schema or database of its own in each that goes
// afterwards, and what sets their SQL apart where rows are made there instead of being sent.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { openDatabase } from './seed.mjs'

/** The drivers are the server's. */
const installed = createRequire(new URL('../packages/server/package.json', import.meta.url))
const ownName = () => `sallyport_bench_${randomBytes(4).toString('hex')}`

const postgresUrl = process.env.BENCH_POSTGRES ?? 'postgres://postgres@127.0.0.1:5432/postgres'
const mariadbUrl = process.env.BENCH_MARIADB ?? 'mysql://root@127.0.0.1:3306/'

/** What opens each; a figure that works on several has its rows in this order. */
export const openers = { PostgreSQL: openPostgres, MariaDB: openMariadb }

/**
 * Opens those that answer; the others are said to be left out. Each has `url` for `database_url`, `query` for SQL,
 * `tasks` for the threads (Linux) that serve `sallyport`, and `drop`, which ends all.
 */
export async function openDatabases(say, names = Object.keys(openers)) {
  const opened = []
  for (const name of names)
    try {
      opened.push({ name, ...(await openers[name]()) })
    } catch (error) {
      say(`SKIPPED on ${name}: ${error.message || error.code}`)
    }
  return opened
}

async function openPostgres() {
  const { Client } = installed('pg')
  const client = new Client({ connectionString: postgresUrl, connectionTimeoutMillis: 2000 })
  await client.connect()
  const schema = ownName()
  const url = new URL(postgresUrl)
  url.searchParams.set('schema', schema)
  url.searchParams.set('application_name', schema)
  const query = async (sql, values = []) => (await client.query(sql, values.length ? values : undefined)).rows
  await query(`SET search_path = ${schema}`)
  return {
    url: url.href,
    dialect: {
      hex: (number) => `to_hex((${number})::bigint)`,
      digest: (text) => `sha256((${text})::bytea)`,
      series: (from, to) => `generate_series(${from}::bigint, ${to}) AS counted(n)`,
      hole: (at) => `$${at}`,
    },
    query,
    settle: async () => {
      await query(`VACUUM ANALYZE ${schema}.users`)
      await query(`VACUUM ANALYZE ${schema}.sessions`)
      await query('CHECKPOINT')
    },
    tasks: async () => {
      const serving = 'SELECT pid FROM pg_stat_activity WHERE application_name = $1'
      return (await query(serving, [schema])).map(({ pid }) => pid)
    },
    cache: async () => (await query('SHOW shared_buffers'))[0].shared_buffers,
    drop: async () => {
      await query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
      await client.end()
    },
  }
}

/** A connection to the MariaDB server that reads SQL as the other servers do. */
function connectMariadb() {
  const { createConnection } = installed('mysql2')
  const { hostname, port, username, password } = new URL(mariadbUrl)
  const login = { user: username, password: decodeURIComponent(password), connectTimeout: 2000 }
  const connection = createConnection({ host: hostname, port: Number(port || 3306), ...login })
  const query = (sql, values = []) =>
    new Promise((resolve, reject) => {
      connection.query(sql, values, (error, rows) => (error ? reject(error) : resolve(rows)))
    })
  return { query, end: () => connection.destroy() }
}

async function openMariadb() {
  const { query, end } = connectMariadb()
  const database = ownName()
  const url = new URL(mariadbUrl)
  url.pathname = `/${database}`
  const [{ version }] = await query('SELECT version() AS version')
  if (!version.includes('MariaDB')) {
    end()
    throw new Error(`it is MySQL ${version}, without series`)
  }
  await query(`CREATE DATABASE ${database}`)
  await query(`USE ${database}`)
  await query("SET SESSION sql_mode = 'ANSI'")
  return {
    url: url.href,
    dialect: {
      hex: (number) => `LOWER(HEX(${number}))`,
      digest: (text) => `UNHEX(SHA2(${text}, 256))`,
      series: (from, to) => `(SELECT seq AS n FROM seq_${from}_to_${to}) AS counted`,
      hole: () => '?',
    },
    query,
    settle: () => query('ANALYZE TABLE users, sessions'),
    tasks: async () => {
      const serving =
        'SELECT TID AS tid FROM information_schema.PROCESSLIST WHERE DB = ? AND ID <> CONNECTION_ID()'
      return (await query(serving, [database])).map(({ tid }) => tid)
    },
    cache: async () => {
      const [{ bytes }] = await query('SELECT @@innodb_buffer_pool_size AS bytes')
      return `${Math.round(bytes / 2 ** 20)}MB`
    },
    drop: async () => {
      await query(`DROP DATABASE IF EXISTS ${database}`)
      end()
    },
  }
}

/** The same for a file that a server has open, or will have. */
export async function openSqlite(file) {
  const db = await openDatabase(file)
  db.exec('PRAGMA synchronous = OFF')
  return {
    dialect: {
      hex: (number) => `printf('%x', ${number})`,
      digest: () => 'randomblob(32)',
      series: (from, to) =>
        `(WITH RECURSIVE counted(n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM counted WHERE n < ${to}) SELECT n FROM counted)`,
      hole: () => '?',
    },
    query: async (sql, values = []) => {
      const statement = db.prepare(sql)
      return /^SELECT/.test(sql) ? statement.all(...values) : statement.run(...values)
    },
    settle: async () => db.exec('PRAGMA wal_checkpoint(TRUNCATE)'),
    drop: async () => db.close(),
  }
}

/**
 * Work, and the CPU microseconds that the database server used on the server's connections for each of the `done` things
 * that it answers; undefined where this machine does not say, as where the database is on another one. A connection that
 * is opened meanwhile is not counted, since its thread may be an old one.
 * @param {() => Promise<{ done: number }>} work
 */
export async function withDatabaseCpu(database, work) {
  const before = await cpuByTask(database)
  const result = await work()
  const after = await cpuByTask(database)
  const used = [...after].reduce((sum, [task, cpu]) => sum + cpu - (before.get(task) ?? cpu), 0)
  return { ...result, databaseCpu: after.size > 0 ? used / result.done : undefined }
}

async function cpuByTask({ tasks }) {
  const accounts = (await tasks()).map((task) => [task, `/proc/${task}/schedstat`])
  const readable = accounts.filter(([, account]) => existsSync(account))
  return new Map(
    readable.map(([task, account]) => [task, Number(readFileSync(account, 'latin1').split(' ')[0]) / 1000]),
  )
}
