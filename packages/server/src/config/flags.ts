// Settings from the command line: `--access-token.ttl 10m`, `--port=4401`, `--testing.clock` (for true). Underscores
// and dashes are the same. Secrets are refused, since every user of a machine can list its processes' arguments.

import { nearest } from '../util/nearest.js'
import type { Setting } from '../util/setting.js'
import { type Reading, readValueFile } from './given.js'
import { type Declared, find, flagOf, variableOf } from './names.js'

interface Flag {
  spelled: string
  raw: string | true
}

export function readFlags(argv: readonly string[], declared: Declared): Reading {
  const reading: Reading = { given: [], problems: [] }
  const refuse = (where: string, says: string, name = where) =>
    reading.problems.push({ name, source: 'flag', where, says })
  for (const flag of split(argv, (word) => refuse(word, 'is not expected here; a setting starts with --'))) {
    // One of a list may be said in the singular: --contract com3014.
    const found =
      find(flag.spelled, declared, flagOf, '-file') ?? find(`${flag.spelled}s`, declared, flagOf, '\0')
    const meant = found ? undefined : nearest(flag.spelled, declared.keys())
    if (!found) refuse(flag.spelled, `is no setting${meant ? `; did you mean ${flagOf(meant)}?` : ''}`)
    else {
      const { setting } = found
      const twin = reading.given.some((given) => given.setting === setting)
      const value = twin ? { says: 'is given twice' } : contentOf(flag, found)
      if ('says' in value) refuse(flag.spelled, value.says, setting.name)
      else reading.given.push({ setting, source: 'flag', where: flag.spelled, raw: value.value })
    }
  }
  return reading
}

function contentOf(
  { raw }: Flag,
  { setting, fromFile }: { setting: Setting<unknown>; fromFile: boolean },
): { value: unknown } | { says: string } {
  if (fromFile) return raw === true ? { says: 'the path of a file is missing' } : readValueFile(raw)
  if (!setting.secret) return { value: raw }
  const instead = `use ${flagOf(setting.name)}-file or ${variableOf(setting.name)}`
  return { says: `a secret is not taken from the command line, where other users can see it; ${instead}` }
}

/** The flags with their values; words that belong to no flag go to `stray`. */
function split(argv: readonly string[], stray: (word: string) => void): Flag[] {
  const flags: Flag[] = []
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!
    const match = /^--([^=]+)(?:=(.*))?$/s.exec(word)
    if (!match) {
      stray(word)
      continue
    }
    const spelled = `--${match[1]!.toLowerCase().replaceAll('_', '-')}`
    const next = argv[i + 1]
    if (match[2] !== undefined) flags.push({ spelled, raw: match[2] })
    else if (next === undefined || next.startsWith('--')) flags.push({ spelled, raw: true })
    else flags.push({ spelled, raw: argv[++i]! })
  }
  return flags
}
