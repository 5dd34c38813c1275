// What commands print on stdout: tables and lists for people, JSON for programs. What users wrote about themselves is
// shown without the characters that would write over a terminal.
import type { Call, Options } from './call.js'
import { printable } from './lines.js'

/** Columns as wide as their widest cell, two spaces apart; ends with a newline. */
export function table(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => printable(cell).replaceAll('\n', ' ')))
  const columns = Math.max(0, ...cells.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, at) =>
    Math.max(...cells.map((row) => [...(row[at] ?? '')].length)),
  )
  const pad = (cell: string, at: number) => cell + ' '.repeat(widths[at]! - [...cell].length)
  return cells.map((row) => `${row.map(pad).join('  ').trimEnd()}\n`).join('')
}

/** A table under its headings, one row for each item. */
export function listing<T>(
  items: readonly T[],
  columns: Readonly<Record<string, (item: T) => string | undefined>>,
): string {
  const read = Object.values(columns)
  const rows = items.map((item) => read.map((cell) => cell(item) || '-'))
  return table([Object.keys(columns), ...rows])
}

/** Everything an object says, a line each. */
export function sheet(object: Readonly<Record<string, unknown>>): string {
  const rows = Object.entries(object).filter(([, value]) => value !== undefined)
  return table(rows.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]))
}

/** Options as they were typed, for the command that goes on where this one ended; ends with a space. */
export function repeated({ options }: Call, names: readonly (keyof Options)[]): string {
  const given = names.filter((name) => options[name] !== undefined)
  return given.map((name) => `--${name} ${JSON.stringify(options[name])} `).join('')
}

/** A moment for tables: to the second, in UTC. */
export function moment(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString().replace('T', ' ').replace(/\.\d+/, '')
}

export const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`

/** Writes data and waits until it is taken, so that a slow reader slows us down instead of filling the memory. */
export function out(text: string): Promise<void> {
  return new Promise((done) => {
    process.stdout.write(text, () => done())
  })
}

/** Talk: never data. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** How far a long command has come: one line that is written over, for a terminal only. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`)
}

/** A bar for a share from 0 to 1, with what is to be said of it. */
export function bar(share: number, says: string): string {
  const full = Math.round(share * 24)
  return `[${'#'.repeat(full)}${'.'.repeat(24 - full)}] ${Math.floor(share * 100)} %  ${says}`
}

/** Ends a line of progress. */
export function progressDone(): void {
  progress('')
}
