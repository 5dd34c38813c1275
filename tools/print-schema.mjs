// Prints docs/schema.md from the tables as the code declares them. Pure: data in, text out. What a table is for is said
// beside its declaration.
import { code, printedFrom, table } from './print.mjs'

const introduction = `# Schema

The tables of Sallyport. They are the same on every database; what differs is how a database spells a kind of column.

Times are integers, in milliseconds since 1970 (UTC). Ids are UUIDs of version 7 in text form. Text compares and sorts by
code point. JSON is kept as the text that was written. In a unique set a null collides with nothing. A row whose *end*
is past does not exist for the server, and is removed within some minutes. The table \`sallyport_migrations\` is not in this
list: it holds which [migrations](databases.md) were applied.

Read the tables as you like; write through the API or the command line, since sessions, searches and the audit log rest on
more than one column. Secrets are not among them in the clear: passwords are PHC strings, tokens and codes are hashes, private
keys and waiting messages are sealed under the master secret.
`

const sizes = { text: (size) => `text, ${size}`, bytes: (size) => `bytes, ${size}` }

/**
 * docs/schema.md
 * @param {readonly object[]} tables
 * @param {Record<string, { typeOf: (column: object) => string }>} words how each engine spells a column, by its name
 */
export function printSchema(tables, words) {
  const undocumented = tables.filter(({ doc }) => !doc)
  if (undocumented.length > 0)
    throw new Error(`${undocumented[0].name}: the table says nothing of itself (doc)`)
  const sorted = [...tables].sort((a, b) => (a.name < b.name ? -1 : 1))
  return (
    printedFrom('the tables that the domain and the features declare') +
    introduction +
    sorted.map((one) => section(one, words)).join('')
  )
}

function section({ name, doc, columns, key, unique, indexes, expires, kind, owner }, words) {
  const rows = Object.entries(columns).map(([name, column]) => [
    code(name),
    sizes[column.kind]?.(column.size) ?? column.kind,
    column.nullable ? 'yes' : '',
    ...Object.values(words).map(({ typeOf }) => code(typeOf(column))),
  ])
  const facts = [
    `Key: ${list(key)}.`,
    unique.length > 0 && `Unique: ${unique.map(list).join('; ')}.`,
    indexes.length > 0 && `Indexes: ${indexes.map(list).join('; ')}.`,
    expires && `End: ${code(expires)}.`,
    owner && `Goes with the user in ${code(owner)}.`,
    kind === 'ephemeral' && 'Ephemeral: may be kept in a cache that can lose it.',
  ].filter(Boolean)
  return `\n## ${name}\n\n${doc}\n\n${table(['column', 'kind', 'may be null', ...Object.keys(words)], rows)}\n${facts.join(' ')}\n`
}

const list = (names) => names.map(code).join(', ')
