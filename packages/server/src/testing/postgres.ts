// A PostgreSQL server for tests: the real one, at SALLYPORT_TEST_POSTGRES or on this machine's usual port. Every user of
// it works in a schema of its own, which goes afterwards. Where no server answers, tests that need one are skipped and say
// so; where `CI` is set they fail.
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { whyMissing } from './answering.js'

/** The server, as its administrator. */
export const base = new URL(
  process.env.SALLYPORT_TEST_POSTGRES ?? 'postgres://postgres@127.0.0.1:5432/postgres',
)

/** Why no server answers; undefined where one does. */
export const missing: string | undefined = await whyMissing('PostgreSQL', base.host, () =>
  administer('SELECT 1'),
)

/** Runs SQL as the administrator of the server, outside any schema of a test. Answers the rows. */
export async function administer(sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: base.href, connectionTimeoutMillis: 2000 })
  try {
    await client.connect()
    return (await client.query(sql)).rows ?? []
  } finally {
    await client.end().catch(() => {})
  }
}

export interface TestSchema {
  readonly name: string
  /** The `database_url` of the schema, which is made by the first migration. */
  readonly url: string
  drop(): Promise<void>
}

/** A schema that is nobody else's. */
export function testSchema(): TestSchema {
  const name = `sallyport_test_${randomBytes(6).toString('hex')}`
  const url = new URL(base)
  url.searchParams.set('schema', name)
  const drop = async () => {
    await administer(`DROP SCHEMA IF EXISTS ${name} CASCADE`)
  }
  return { name, url: url.href, drop }
}
