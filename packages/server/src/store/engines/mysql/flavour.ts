// How the SQL of MySQL and MariaDB differs, and their words for a schema. Both servers know every word of it; names stand in
// double quotes, which session.ts has them read as names.
import type { AnyTable, Column } from '../../table.js'
import type { Flavour } from '../sql/print.js'
import type { Words } from '../sql/schema.js'

/** The time, in milliseconds; all that looks at it in one statement finds the moment at which that began. */
export const clock = "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) DIV 1000"

export const flavour: Flavour = {
  find: 'INSTR',
  limit: '?',
  some: 'limit',
  returning: false,
  rowValues: false,
}

// Up to here bytes stand in a type that can be indexed. The servers sort by the first 1,024 bytes of a value alone
// (max_sort_length), so what is ordered by is no longer than that; a longer column cannot have an index, and is refused one.
const indexable = 1024
const small = 65_535

/** UTF-8 takes four bytes for a code point at most. */
const bytesOf = ({ kind, size }: Column) => (kind === 'bytes' ? size : size * 4)

function bytesType(size: number): string {
  if (size <= indexable) return `varbinary(${size})`
  return size <= small ? 'blob' : 'mediumblob'
}

// Texts are their UTF-8 bytes: compared byte by byte they sort by code point, and case, accents and blanks at the end all
// count. The collations that promise the same have different names in MySQL and MariaDB. JSON is kept as its text, since
// MySQL's type sorts members and rewrites numbers.
function typeOf(column: Column): string {
  if (column.kind === 'integer') return 'bigint'
  if (column.kind === 'boolean') return 'tinyint'
  return bytesType(bytesOf(column))
}

// In brackets a default is an expression, which is what MySQL takes for a blob.
export const words: Words = {
  typeOf,
  blanks: { id: "('')", text: "('')", integer: '0', boolean: '0', bytes: "('')", json: "('null')" },
  ending: (_: AnyTable) => ' ENGINE = InnoDB ROW_FORMAT = DYNAMIC',
  inside: true,
}
