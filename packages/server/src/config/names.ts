// The three spellings of a setting's name.
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
