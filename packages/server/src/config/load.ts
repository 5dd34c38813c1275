// One answer out of four sources: defaults < file < environment < flags, and where each value came from.
import type { Setting, Settings } from '../util/setting.js'
import { readEnvironment } from './environment.js'
import { ConfigError, type Problem, type Source } from './errors.js'
import { readFile } from './file.js'
import { readFlags } from './flags.js'
import { type Given, shownValue } from './given.js'
import type { Mode } from './settings.js'

/** Read where no other file was named. */
const defaultFile = 'sallyport.yaml'

export interface LoadOptions {
  /** Every setting there is. */
  declared: readonly Setting<unknown>[]
  mode: Mode
  /** A file that must exist; without it `sallyport.yaml` of the working directory, which may be missing. */
  file?: string | undefined
  env?: NodeJS.ProcessEnv
  flags?: readonly string[]
}

export interface Origin {
  source: Source
  /** File with line and column, variable, flag, or «default». */
  where: string
  /** The value as it was given, fit to be printed. */
  shown: string
}

export interface Loaded {
  settings: Settings
  origins: ReadonlyMap<string, Origin>
}

/** Reads, judges and merges what was configured. Throws ConfigError with every problem found. */
export async function loadSettings(options: LoadOptions): Promise<Loaded> {
  const declared = new Map(options.declared.map((setting) => [setting.name, setting]))
  const readings = [
    await readFile(options.file ?? defaultFile, options.file !== undefined, declared),
    readEnvironment(options.env ?? {}, declared),
    readFlags(options.flags ?? [], declared),
  ]
  const problems = readings.flatMap((reading) => reading.problems)
  const values = new Map<string, unknown>()
  const origins = new Map<string, Origin>()
  for (const { name, fallback, shown, secret } of options.declared) {
    values.set(name, fallback)
    origins.set(name, { source: 'default', where: 'default', shown: (!secret && shown) || '(not set)' })
  }
  for (const given of readings.flatMap((reading) => reading.given)) {
    const { setting, source, where, raw } = given
    const judged = judge(given, options.mode)
    if ('problem' in judged) problems.push(judged.problem)
    else values.set(setting.name, judged.value)
    origins.set(setting.name, { source, where, shown: shownValue(setting, raw) })
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return { settings: settingsOf(values), origins }
}

function judge(given: Given, mode: Mode): { value: unknown } | { problem: Problem } {
  const { setting, source, where, raw } = given
  const { name, expected } = setting
  const problem = (says: string) => ({ problem: { name, source, where, says } })
  if (setting.developmentOnly && mode === 'production')
    return problem(`${name} is for development only; remove it, or run: sallyport dev`)
  const value = parse(setting, raw)
  if (mode === 'production' && value !== undefined && setting.onlyInDevelopment?.(value))
    return problem(`${name} is ${shownValue(setting, raw)}, which is for development only`)
  if (value !== undefined) return { value }
  const found = raw === true && source === 'flag' ? 'no value' : shownValue(setting, raw)
  return problem(`${name} is ${found}, expected ${expected}`)
}

/** The setting's own reading; text from the environment or a flag may also be the JSON of a list or an object. */
function parse(setting: Setting<unknown>, raw: unknown): unknown {
  const value = setting.parse(raw)
  if (value !== undefined || typeof raw !== 'string' || !/^\s*[[{]/.test(raw)) return value
  try {
    return setting.parse(JSON.parse(raw))
  } catch {
    return undefined
  }
}

function settingsOf(values: ReadonlyMap<string, unknown>): Settings {
  return {
    get<T>(setting: Setting<T>): T {
      if (!values.has(setting.name)) throw new Error(`the setting ${setting.name} was never declared`)
      return values.get(setting.name) as T
    },
  }
}
