// How PostgreSQL's SQL differs, and its words for a schema.
import { type Flavour, quote } from '../sql/print.js'
import type { Words } from '../sql/schema.js'

export const flavour: Flavour = {
  find: 'strpos',
  limit: '?',
  some: 'locked choice',
  returning: true,
  rowValues: true,
}

// Texts compare and sort by code point, whatever the database's own collation is. JSON is kept as its text: `jsonb`
// sorts members and rewrites numbers, and an exact round trip is what the verbs promise.
const text = 'text COLLATE "C"'

const types = { id: text, text, integer: 'bigint', boolean: 'boolean', bytes: 'bytea', json: text }

export const words: Words = {
  typeOf: ({ kind }) => types[kind],
  blanks: { id: "''", text: "''", integer: '0', boolean: 'false', bytes: "''", json: "'null'" },
  ending: () => '',
  // A changed row that stays on its page leaves every index as it is. Measured: docs/databases.md.
  leaveRoom: (table) => `ALTER TABLE ${quote(table)} SET (fillfactor = 80)`,
  inside: false,
}

/** The same SQL with PostgreSQL's numbered holes. */
export function numbered(sql: string): string {
  let number = 0
  return sql.replaceAll('?', () => `$${++number}`)
}
