// Settings as rows: for the manual's table, and with their values for `sallyport config`.
import type { Setting } from '../util/setting.js'
import type { Loaded } from './load.js'
import { flagOf, variableOf } from './names.js'

export interface SettingRow {
  readonly name: string
  readonly variable: string
  readonly flag: string
  readonly default: string
  readonly expected: string
  readonly doc: string
  readonly secret: boolean
  readonly developmentOnly: boolean
}

/** What the manual says of every setting, sorted by name. */
export function settingRows(declared: readonly Setting<unknown>[]): SettingRow[] {
  return [...declared]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, shown, expected, doc, secret, developmentOnly }) => ({
      name,
      variable: variableOf(name),
      flag: secret ? `${flagOf(name)}-file` : flagOf(name),
      default: shown,
      expected,
      doc,
      secret,
      developmentOnly,
    }))
}

export interface ValueRow {
  readonly name: string
  readonly value: string
  readonly source: string
  readonly where: string
}

/** Every setting with its value and where that came from; a secret only says whether it is set. */
export function valueRows({ origins }: Loaded): ValueRow[] {
  return [...origins]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { shown, source, where }]) => ({ name, value: shown, source, where }))
}
