// `sallyport config`: every setting, its value and where it came from. Secrets only say whether they are set.
import { settingRows, valueRows } from '../config/rows.js'
import { settings as declared } from '../server.js'
import { type Asked, load } from './start.js'

/** Prints a table, or JSON with the meaning of each setting; answers the exit code. */
export async function config(asked: Asked, json: boolean): Promise<number> {
  const values = valueRows(await load('development', asked))
  if (json) {
    const rows = settingRows(declared).map((row, at) => ({ ...row, ...values[at] }))
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
  } else process.stdout.write(table(values.map(({ name, value, where }) => [name, value, where])))
  return 0
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) => `${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}\n`).join('')
}
