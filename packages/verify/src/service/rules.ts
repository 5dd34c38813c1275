// Settings and guards come from plain JavaScript too, where no compiler reads them. A name that is none of ours would ask for
// nothing and let everybody pass, and so would many a value of another type: both are told to the programmer.

/** What is wrong with a value, to be read behind its name; undefined where nothing is. */
export type Rule = (value: unknown) => string | undefined

/** Values that are as they should be; `due` says how, to whoever has another one. */
export function rule(holds: (value: unknown) => boolean, due: string): Rule {
  // Never the value itself: it may be a secret.
  return (value) => (holds(value) ? undefined : `: ${due}; found ${kindOf(value)}`)
}

interface Options {
  readonly needed?: readonly string[]
  /** Whether a member that is undefined is as if it was not there. */
  readonly mayBeUndefined?: boolean
}

/** Objects that have members of these names alone, each by its rule. */
export function members(rules: Readonly<Record<string, Rule>>, options: Options = {}): Rule {
  const { needed = [], mayBeUndefined = false } = options
  const byName = new Map(Object.entries(rules))
  const names = Object.keys(rules).join(', ')
  return (value) => {
    if (!isObject(value)) return `: an object with ${names}; found ${kindOf(value)}`
    // Inherited ones as well, since whoever reads a member sees those.
    for (const name in value) {
      const found = byName.get(name)
      if (found === undefined) return `.${name}: no such name; there are ${names}`
      const wrong = value[name] === undefined && mayBeUndefined ? undefined : found(value[name])
      if (wrong !== undefined) return `.${name}${wrong}`
    }
    const lacking = needed.find((name) => value[name] === undefined)
    return lacking && `.${lacking}${byName.get(lacking)?.(undefined)}`
  }
}

/** @throws TypeError that begins with the name of what is wrong */
export function assertRule(name: string, value: unknown, holds: Rule): void {
  const wrong = holds(value)
  if (wrong !== undefined) throw new TypeError(`${name}${wrong}`.replace(/^\./, ''))
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A text with something in it. */
export const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''
export const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText)
export const isSwitch = (value: unknown): boolean => typeof value === 'boolean'
export const isFunction = (value: unknown): boolean => typeof value === 'function'
export const isAmount = (value: unknown): boolean => Number.isFinite(value) && (value as number) >= 0

const kindOf = (value: unknown) =>
  value === null ? 'null' : Array.isArray(value) ? 'a list' : value === '' ? 'no text' : typeof value
