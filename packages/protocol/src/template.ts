// Templates of a contract: JSON with references, parsed once into a small tree, checked against what the operation
// gives, and compiled to closures. The same tree describes the answer in openapi.ts. Nothing here knows a contract.
import type { OutCodec, RoleEntry, Template } from './contract.js'
import type { Schema } from './schema.js'
import { compileTree } from './template-print.js'

export type Data = Readonly<Record<string, unknown>>
export type Print = (data: Data, input: Data) => unknown

/** What names in a template may stand for. */
export interface Scope {
  /** Of the value that `$name` looks into. */
  readonly schema: Schema
  /** Of the operation's input, for `$input.name`. */
  readonly input?: Schema
  /** What `$user` expands to. */
  readonly user?: Template
  /** The contract's roles, which `#roles` and `in: 'roles'` name. */
  readonly roles?: readonly RoleEntry[]
}

export interface Reference {
  readonly root: 'data' | 'input'
  readonly path: readonly string[]
  readonly codec?: OutCodec
  readonly schema: Schema
  /** Whether the operation always gives it. */
  readonly required: boolean
}

export type Tree =
  | { readonly kind: 'constant'; readonly value: unknown }
  | { readonly kind: 'reference'; readonly to: Reference }
  | { readonly kind: 'text'; readonly parts: readonly (string | Reference)[] }
  | { readonly kind: 'view'; readonly of: Reference; readonly as: Tree }
  | { readonly kind: 'each'; readonly of: Reference; readonly as: Tree }
  /** An object of lists, by a text of each item. */
  | { readonly kind: 'grouped'; readonly of: Reference; readonly by: Reference; readonly as: Tree }
  | { readonly kind: 'list'; readonly items: readonly Tree[] }
  /** The contract's entries for the roles that are held; `only` the first of them. */
  | {
      readonly kind: 'held'
      readonly of: Reference
      readonly roles: readonly RoleEntry[]
      readonly as: Tree
      readonly only: boolean
    }
  | { readonly kind: 'first'; readonly of: readonly Tree[] }
  | { readonly kind: 'all'; readonly of: readonly Tree[] }
  | { readonly kind: 'is'; readonly of: readonly Tree[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, Tree])[] }

const whole = /^\$([a-z_][\w.]*)?(?:\|(\w+))?$/i
const inside = /\$\{([a-z_][\w.]*)(?:\|(\w+))?\}/gi
const codecs: readonly string[] = ['rfc3339', 'seconds', 'milliseconds', 'upper'] satisfies OutCodec[]

/** Parses a template and checks every reference. Throws an Error that names the reference. */
export function parseTemplate(template: Template, scope: Scope): Tree {
  if (typeof template === 'string') return parseText(template, scope)
  if (template === null || typeof template !== 'object') return { kind: 'constant', value: template }
  if (Array.isArray(template))
    return fold({ kind: 'list', items: template.map((item) => parseTemplate(item, scope)) })
  if (template.$each !== undefined || template.$one !== undefined) return parseEach(template, scope)
  for (const kind of ['first', 'all', 'is'] as const) {
    const of = template[`$${kind}`]
    if (of !== undefined) return { kind, of: parseSeveral(of, kind, scope) }
  }
  const members = Object.entries(template).map(
    ([name, member]) => [name, parseTemplate(member, scope)] as const,
  )
  return fold({ kind: 'object', members })
}

function parseSeveral(of: Template, kind: string, scope: Scope): Tree[] {
  if (!Array.isArray(of) || of.length === 0) throw new Error(`\`$${kind}\` needs a list`)
  return of.map((one) => parseTemplate(one, scope))
}

function parseEach(template: Readonly<Record<string, Template>>, scope: Scope): Tree {
  const only = template.$each === undefined
  const named = only ? template.$one : template.$each
  const { as } = template
  if (named === '#roles' && as !== undefined) return parseTable(as, scope)
  const match = typeof named === 'string' ? whole.exec(named) : null
  if (!match?.[1] || as === undefined) throw new Error('`$each` needs a "$name" and an `as`')
  const of = refer(match[1], undefined, scope)
  const { items } = of.schema
  if (!items) throw new Error(`\`$${match[1]}\` is not a list`)
  if (template.in === 'roles')
    return { kind: 'held', of, roles: rolesOf(scope), as: parseTemplate(as, ofEntry), only }
  if (only || template.in !== undefined)
    throw new Error("`$one` needs `in: 'roles'`, and nothing else is known")
  const inside = { ...scope, schema: items }
  if (template.by === undefined) return { kind: 'each', of, as: parseTemplate(as, inside) }
  const by = parseTemplate(template.by, inside)
  if (by.kind !== 'reference' || by.to.schema.type !== 'string') throw new Error('`by` must name a text')
  return { kind: 'grouped', of, by: by.to, as: parseTemplate(as, inside) }
}

/** What a template sees of an entry of the contract's roles. */
const ofEntry: Scope = { schema: { type: 'object', additionalProperties: true } }

/** Every entry, whoever asks: known at the start. */
function parseTable(as: Template, scope: Scope): Tree {
  const print = compileTree(parseTemplate(as, ofEntry))
  return { kind: 'constant', value: rolesOf(scope).map((entry) => print(entry as unknown as Data, {})) }
}

function rolesOf({ roles }: Scope): readonly RoleEntry[] {
  if (!roles?.length) throw new Error('the contract lists no `roles`')
  return roles
}

function parseText(text: string, scope: Scope): Tree {
  if (text.startsWith('$$')) return { kind: 'constant', value: text.slice(1) }
  if (text.startsWith('$') && !text.startsWith('${')) {
    const match = whole.exec(text)
    if (!match) throw new Error(`\`${text}\` is not a reference; a plain dollar sign is "$$"`)
    const to = refer(match[1] ?? '', match[2], scope)
    const isView = match[1] === 'user' && scope.user !== undefined && to.root === 'data'
    return isView
      ? { kind: 'view', of: to, as: parseTemplate(scope.user as Template, { ...scope, schema: to.schema }) }
      : { kind: 'reference', to }
  }
  return text.includes('${')
    ? { kind: 'text', parts: parseParts(text, scope) }
    : { kind: 'constant', value: text }
}

function parseParts(text: string, scope: Scope): (string | Reference)[] {
  const parts: (string | Reference)[] = []
  let end = 0
  for (const match of text.matchAll(inside)) {
    if (match.index > end) parts.push(text.slice(end, match.index))
    parts.push(refer(match[1] as string, match[2], scope))
    end = match.index + match[0].length
  }
  const rest = text.slice(end)
  if (rest.includes('${')) throw new Error(`\`${text}\` holds a reference that cannot be read`)
  if (rest !== '') parts.push(rest)
  return parts
}

function refer(name: string, codec: string | undefined, scope: Scope): Reference {
  const names = name === '' ? [] : name.split('.')
  const root = names[0] === 'input' && scope.input !== undefined ? 'input' : 'data'
  const path = root === 'input' ? names.slice(1) : names
  let schema = (root === 'input' ? scope.input : scope.schema) as Schema
  let required = true
  for (const step of path) {
    const { properties = {}, additionalProperties } = schema
    const open = additionalProperties === true ? {} : undefined
    // What every object inherits is nothing that is given.
    const next: Schema | undefined = Object.hasOwn(properties, step) ? properties[step] : open
    if (!next) throw new Error(`\`$${name}\` is not something that is given here`)
    required &&= schema.required?.includes(step) ?? false
    schema = next
  }
  if (codec === undefined) return { root, path, schema, required }
  if (!codecs.includes(codec)) throw new Error(`\`${codec}\` is not a codec`)
  const [type, kind] = codec === 'upper' ? ['string', 'text'] : ['integer', 'time']
  if (schema.type !== type) throw new Error(`\`$${name}\` is not a ${kind}, so \`${codec}\` cannot write it`)
  return { root, path, schema, required, codec: codec as OutCodec }
}

/** An object or list of constants is a constant. */
function fold(tree: Tree): Tree {
  if (tree.kind === 'object' && tree.members.every(([, member]) => member.kind === 'constant'))
    return { kind: 'constant', value: Object.fromEntries(tree.members.map(([n, m]) => [n, constant(m)])) }
  if (tree.kind === 'list' && tree.items.every((item) => item.kind === 'constant'))
    return { kind: 'constant', value: tree.items.map(constant) }
  return tree
}

const constant = (tree: Tree) => (tree.kind === 'constant' ? tree.value : undefined)
