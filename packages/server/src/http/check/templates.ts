// Templates: where exactly a reference leads nowhere.
import { parseTemplate, type Schema, type Template } from '@sallyport/protocol'
import { type Report, step } from './finding.js'

type Scope = Parameters<typeof parseTemplate>[1]

/** Reports the deepest part of a template that cannot be read. */
export function checkTemplate(template: Template, scope: Scope, path: string, report: Report): void {
  const fault = faultOf(template, scope)
  if (fault === undefined) return
  const isWord = (name: string) => name.startsWith('$') || name === 'as'
  if (typeof template === 'object' && template !== null && !Object.keys(template).some(isWord)) {
    const before = Object.entries(template).filter(([, part]) => faultOf(part, scope) !== undefined)
    for (const [name, part] of before) checkTemplate(part, scope, path + step(name), report)
    if (before.length > 0) return
  }
  report('template', path, fault, remedyOf(scope))
}

function faultOf(template: Template, scope: Scope): string | undefined {
  try {
    parseTemplate(template, scope)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

function remedyOf({ schema, input }: Scope): string {
  const given = namesOf(schema).map((name) => `$${name}`)
  const inputs = input === undefined ? [] : namesOf(input).map((name) => `$input.${name}`)
  const known = [...given, ...inputs]
  return known.length > 0 ? `there are ${known.join(', ')}` : 'nothing is given here: write constants'
}

const namesOf = (schema: Schema) => Object.keys(schema.properties ?? {})
