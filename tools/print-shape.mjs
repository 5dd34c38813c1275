// Says JSON Schemas and reply templates in words a reader knows: `string`, `"body" | "cookie"`, `RFC 3339 time`.
// Pure; print-operations.mjs puts the pieces together.

const codecs = { rfc3339: 'RFC 3339 time', seconds: 'seconds', milliseconds: 'milliseconds' }

/** The type of a schema's values, as TypeScript would spell it. */
export function typeOf(schema) {
  if (schema === undefined) return 'any'
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (Array.isArray(schema.type)) return schema.type.join(' | ')
  if (schema.type === 'array') return `${typeOf(schema.items)}[]`
  return schema.type ?? 'any'
}

/** What a value must keep to, in one line. */
export function ruleOf(schema) {
  const { description, minLength, maxLength, minimum, maximum, pattern } = schema
  const length = bounds(minLength, maxLength)
  const range = bounds(minimum, maximum)
  return [
    description,
    minLength === 1 && maxLength === undefined ? 'Not empty.' : length && `${length} characters.`,
    range && `${range}.`,
    pattern && !description && `Matches \`${pattern}\`.`,
  ]
    .filter(Boolean)
    .join(' ')
}

function bounds(least, most) {
  if (least !== undefined && most !== undefined) return `${number(least)} to ${number(most)}`
  if (most !== undefined) return `At most ${number(most)}`
  return least === undefined ? '' : `At least ${number(least)}`
}
const number = (value) => value.toLocaleString('en')

/**
 * A contract's reply template as a commented shape: each value's type where the core gives it, itself where the
 * contract fixes it. `schema` describes what the core gives.
 */
export function render(template, schema, indent = '') {
  if (typeof template === 'string' && /^\$[^$]/.test(template)) return coreValue(template.slice(1), schema)
  if (template === null || typeof template !== 'object') return JSON.stringify(template)
  if (Array.isArray(template)) return `[${template.map((item) => render(item, schema, indent)).join(', ')}]`
  if (typeof template.$each === 'string') {
    const list = schema?.properties?.[template.$each.slice(1)]
    return `${render(template.as, list?.items, indent)}[]`
  }
  const inner = `${indent}  `
  const members = Object.entries(template).map(
    ([name, value]) => `${inner}${name}${optional(value, schema)}: ${render(value, schema, inner)}`,
  )
  return members.length === 0 ? '{}' : `{\n${members.join('\n')}\n${indent}}`
}

function coreValue(reference, schema) {
  const [name, codec] = reference.split('|')
  if (codec) return codecs[codec] ?? codec
  return name === 'user' ? 'User' : typeOf(schema?.properties?.[name])
}

function optional(value, schema) {
  const reference = typeof value === 'string' ? value : value?.$each
  if (typeof reference !== 'string' || !reference.startsWith('$') || schema?.required === undefined) return ''
  return schema.required.includes(reference.slice(1).split('|')[0]) ? '' : '?'
}
