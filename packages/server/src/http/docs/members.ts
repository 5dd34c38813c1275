// The members of a JSON Schema as a list that people read: one line a member, nested ones by their path.
import type { Schema } from '@sallyport/protocol'
import { escapeHtml, prose } from './html.js'

/** What the description of an API may hold besides the schemas of operations. */
export type Described = Schema & {
  readonly const?: unknown
  readonly oneOf?: readonly Described[]
  readonly prefixItems?: readonly Described[]
  readonly contentEncoding?: string
}

interface Row {
  readonly path: string
  readonly schema: Described
  readonly required: boolean
}

/** The members of an object as a definition list; empty where it has none. */
export function membersList(schema: Described): string {
  const rows = rowsOf(schema, '')
  if (rows.length === 0) return ''
  return `<dl class="members">\n${rows.map(rowHtml).join('\n')}\n</dl>`
}

/** One member as a line of such a list. */
export function rowHtml({ path, schema, required }: Row): string {
  const optional = required ? '' : ' <span class="optional">optional</span>'
  const text = [schema.description && prose(schema.description), limits(schema)].filter(Boolean).join(' ')
  return `<div><dt><code>${escapeHtml(path)}</code> <span class="type">${escapeHtml(typeName(schema))}</span>${optional}</dt><dd>${text}</dd></div>`
}

function rowsOf(schema: Described, before: string): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const path = `${before}${name}`
    const inner = insideOf(member as Described, path)
    return [{ path, schema: member, required: schema.required?.includes(name) ?? false }, ...inner]
  })
}

function insideOf(schema: Described, path: string): Row[] {
  if (schema.properties) return rowsOf(schema, `${path}.`)
  const { items } = schema
  return items?.properties ? rowsOf(items as Described, `${path}[].`) : []
}

function typeName(schema: Described): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum && schema.enum.length <= 6) return schema.enum.map((one) => JSON.stringify(one)).join(' | ')
  if (schema.oneOf) return schema.oneOf.map(typeName).join(' | ')
  const type = [schema.type ?? 'any'].flat().map((one) => names[one] ?? one)
  if (type[0] === 'list' && schema.items) return `list of ${typeName(schema.items as Described)}`
  return [type.join(' | '), schema.format && `(${schema.format})`].filter(Boolean).join(' ')
}

const names: Record<string, string> = {
  array: 'list',
  string: 'text',
  integer: 'whole number',
  boolean: 'true or false',
}

/** The bounds of a value in words. */
function limits({
  minLength,
  maxLength,
  minimum,
  maximum,
  maxItems,
  pattern,
  contentEncoding,
}: Described): string {
  const said = [
    minLength !== undefined && minLength > 1 && `at least ${minLength} characters`,
    maxLength !== undefined && `at most ${maxLength} characters`,
    minimum !== undefined && `at least ${minimum}`,
    maximum !== undefined && `at most ${maximum}`,
    maxItems !== undefined && `at most ${maxItems} items`,
    contentEncoding !== undefined && `in ${contentEncoding}`,
  ].filter((one) => one !== false)
  const shape = pattern === undefined ? '' : ` Matches <code>${escapeHtml(pattern)}</code>.`
  const [first, ...rest] = said
  if (first === undefined) return shape.trim()
  return `${[`${first[0]?.toUpperCase()}${first.slice(1)}`, ...rest].join(', ')}.${shape}`
}
