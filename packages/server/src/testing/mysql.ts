// A MySQL or MariaDB server for tests: the real one, at SALLYPORT_TEST_MYSQL or on this machine's usual port. Every user of it
// works in a database of its own, which goes afterwards. Where no server answers, tests that need one are skipped and say so;
// where `CI` is set they fail.
import { randomBytes } from 'node:crypto'
import mysql from 'mysql2'
import { whyMissing } from './answering.js'

const base = new URL(process.env.SALLYPORT_TEST_MYSQL ?? 'mysql://root@127.0.0.1:3306/')

/** Why no server answers; undefined where one does. */
export const missing: string | undefined = await whyMissing('MySQL', base.host, () => administer('SELECT 1'))

/** Runs statements one after another as the administrator of a server, this machine's usual one. Answers the last one's rows. */
export async function administer(
  statements: string | readonly string[],
  server: URL | string = base,
): Promise<Record<string, unknown>[]> {
  const { hostname, port, username, password } = new URL(server)
  const connection = mysql.createConnection({
    host: hostname,
    port: Number(port || 3306),
    user: username,
    password: decodeURIComponent(password),
    connectTimeout: 10_000,
  })
  connection.on('error', () => {})
  try {
    let rows: unknown = []
    for (const sql of [statements].flat())
      rows = await new Promise((resolve, reject) => {
        connection.query(sql, (error, answer) => (error ? reject(error) : resolve(answer)))
      })
    return rows as Record<string, unknown>[]
  } finally {
    connection.end()
  }
}

export interface Session {
  query(sql: string): Promise<unknown>
  end(): void
}

/** A connection to a database that no engine knows of, for what has to last longer than a statement. */
export function session({ url }: TestDatabase): Session {
  const connection = mysql.createConnection({ uri: url })
  connection.on('error', () => {})
  return {
    query: (sql) =>
      new Promise((resolve, reject) => {
        connection.query(sql, (error, rows) => (error ? reject(error) : resolve(rows)))
      }),
    end: () => connection.destroy(),
  }
}

export interface TestDatabase {
  readonly name: string
  /** Its `database_url`. */
  readonly url: string
  drop(): Promise<void>
}

/** An empty database that is nobody else's. */
export async function testDatabase(server: URL | string = base): Promise<TestDatabase> {
  const name = `sallyport_test_${randomBytes(6).toString('hex')}`
  await administer(`CREATE DATABASE ${name}`, server)
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    name,
    url: url.href,
    drop: async () => {
      await administer(`DROP DATABASE IF EXISTS ${name}`, server)
    },
  }
}
