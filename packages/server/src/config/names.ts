// The three spellings of a setting's name, and the nearest one to a misspelling.
import type { Setting } from '../util/setting.js'

export type Declared = ReadonlyMap<string, Setting<unknown>>

export const prefix = 'SALLYPORT_'

/** `access_token.ttl` → `SALLYPORT_ACCESS_TOKEN__TTL` */
export function variableOf(name: string): string {
  return prefix + name.toUpperCase().replaceAll('.', '__')
}

/** `access_token.ttl` → `--access-token.ttl` */
export function flagOf(name: string): string {
  return `--${name.replaceAll('_', '-')}`
}

/** The setting of a spelling, and whether the spelling asks for the contents of a file. */
export function find(
  spelled: string,
  declared: Declared,
  spell: (name: string) => string,
  fileSuffix: string,
): { setting: Setting<unknown>; fromFile: boolean } | undefined {
  for (const setting of declared.values()) {
    const spelling = spell(setting.name)
    if (spelling === spelled) return { setting, fromFile: false }
  }
  if (!spelled.endsWith(fileSuffix)) return undefined
  const found = find(spelled.slice(0, -fileSuffix.length), declared, spell, '\0')
  return found && { ...found, fromFile: true }
}

/** The declared name closest to a misspelled one, where one is close enough to be meant. */
export function nearest(wrong: string, names: Iterable<string>): string | undefined {
  const plain = flatten(wrong)
  let best: string | undefined
  let least = Math.max(2, Math.floor(plain.length * 0.4)) + 1
  for (const name of names) {
    const steps = distance(plain, flatten(name))
    if (steps >= least) continue
    least = steps
    best = name
  }
  return best
}

const flatten = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '')

/** Insertions, deletions, substitutions and swaps of neighbours that turn one text into the other. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      row[j] = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j]!, before[j - 2]! + 1)
    }
    before = above
    above = row
  }
  return above[b.length]!
}
