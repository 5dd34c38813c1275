// The SQL of a statement for several callers at once: its holes become the columns of a table that is unnested from
// arrays, one array for each hole, and what matched is told by its place in them.
import type { ColumnKind } from '../../table.js'
import { type Stored, toBuffer } from '../../values.js'
import type { Grouping } from '../sql/grouping.js'

const types: Record<ColumnKind, string> = {
  id: 'text',
  text: 'text',
  integer: 'bigint',
  boolean: 'boolean',
  bytes: 'bytea',
  json: 'text',
}

/**
 * How long a batch waits for a row that somebody else has locked, in milliseconds; then each of its callers waits alone.
 * Said inside the statement, so that it holds for nothing else on the connection.
 */
export const lockPatience = 250

/** `UPDATE … SET … WHERE …` of one caller for many: answers the places that matched, from 1. */
export function groupedUpdate(text: string, { kinds }: Grouping): string {
  const [set, where] = split(text)
  const patience = `WITH patience AS MATERIALIZED (SELECT set_config('lock_timeout', '${lockPatience}', true))`
  return `${patience} ${set} FROM ${given(kinds)}, patience WHERE ${where} RETURNING given_place`
}

/** `SELECT … FROM … WHERE …` of one caller for many: behind the columns of a row stands its place, from 1. */
export function groupedSelect(text: string, { kinds }: Grouping): string {
  const [select, where] = split(text)
  return `${select.replace(' FROM ', ', given_place FROM ')}, ${given(kinds)} WHERE ${where}`
}

function split(text: string): [before: string, where: string] {
  let number = 0
  const filled = text.replaceAll('?', () => `given_${++number}`)
  const at = filled.indexOf(' WHERE ')
  return [filled.slice(0, at), filled.slice(at + 7)]
}

function given(kinds: readonly ColumnKind[]): string {
  const arrays = kinds.map((kind, at) => `$${at + 1}::${types[kind]}[]`)
  const names = kinds.map((_, at) => `given_${at + 1}`)
  return `unnest(${arrays.join(', ')}) WITH ORDINALITY AS given (${names.join(', ')}, given_place)`
}

/** The arrays for the values of all callers, as PostgreSQL writes arrays. */
export function arraysOf({ kinds }: Grouping, all: readonly (readonly Stored[])[]): string[] {
  return kinds.map((_, at) => {
    let array = '{'
    for (let i = 0; i < all.length; i++) array += (i === 0 ? '' : ',') + element(all[i]![at]!)
    return `${array}}`
  })
}

function element(value: Stored): string {
  if (value === null) return 'NULL'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return `"${value.replaceAll(/["\\]/g, '\\$&')}"`
  return `"\\\\x${toBuffer(value).toString('hex')}"`
}
