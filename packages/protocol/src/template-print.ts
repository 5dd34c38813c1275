// A parsed template compiled to closures, once, and then filled for every answer.
import { toRfc3339 } from './rfc3339.js'
import type { Data, Print, Reference, Tree } from './template.js'

/** A closure that fills the template; what the core does not have is undefined, and its member is left out. */
export function compileTree(tree: Tree): Print {
  switch (tree.kind) {
    case 'constant':
      return () => tree.value
    case 'reference':
      return compileReference(tree.to)
    case 'text':
      return compileText(tree.parts)
    case 'view':
      return compileView(tree)
    case 'each':
      return compileEach(tree)
    case 'grouped':
      return compileGroups(tree)
    case 'list': {
      const items = tree.items.map(compileTree)
      return (data, input) => items.map((item) => item(data, input))
    }
    case 'object':
      return compileObject(tree.members)
    case 'held':
      return compileHeld(tree)
    default:
      return compileSeveral(tree.kind, tree.of.map(compileTree))
  }
}

type Of<K extends Tree['kind']> = Extract<Tree, { kind: K }>

function compileView(tree: Of<'view'>): Print {
  const of = compileReference(tree.of)
  const as = compileTree(tree.as)
  return (data, input) => {
    const value = of(data, input)
    return value === undefined ? undefined : as(value as Data, input)
  }
}

function compileEach(tree: Of<'each'>): Print {
  const of = compileReference(tree.of)
  const as = compileTree(tree.as)
  return (data, input) => (of(data, input) as Data[] | undefined)?.map((item) => as(item, input))
}

function compileGroups({ of, by, as }: Of<'grouped'>): Print {
  const list = compileReference(of)
  const name = compileReference(by)
  const print = compileTree(as)
  return (data, input) => {
    const items = list(data, input) as Data[] | undefined
    if (items === undefined) return undefined
    const groups = new Map<string, unknown[]>()
    for (const item of items) {
      const called = String(name(item, input) ?? '')
      groups.set(called, [...(groups.get(called) ?? []), print(item, input)])
    }
    return Object.fromEntries(groups)
  }
}

function compileSeveral(kind: 'first' | 'all' | 'is', prints: readonly Print[]): Print {
  const [first, ...rest] = prints
  if (kind === 'all') return (data, input) => prints.every((print) => print(data, input) === true)
  if (kind === 'is')
    return (data, input) => rest.every((print) => print(data, input) === first?.(data, input))
  return (data, input) => {
    for (const print of prints) {
      const value = print(data, input)
      if (value !== undefined) return value
    }
    return undefined
  }
}

function compileHeld({ of, roles, as, only }: Of<'held'>): Print {
  const held = compileReference(of)
  const print = compileTree(as)
  const entries = roles.map((entry) => ({ role: entry.role, shown: print(entry as unknown as Data, {}) }))
  return (data, input) => {
    const names = (held(data, input) ?? []) as readonly string[]
    const shown = entries.filter(({ role }) => role === undefined || names.includes(role))
    return only ? shown[0]?.shown : shown.map((entry) => entry.shown)
  }
}

function compileObject(members: readonly (readonly [string, Tree])[]): Print {
  const names = members.map(([name]) => name)
  const prints = members.map(([, member]) => compileTree(member))
  const count = names.length
  return (data, input) => {
    const object: Record<string, unknown> = {}
    for (let index = 0; index < count; index++) {
      const value = (prints[index] as Print)(data, input)
      if (value !== undefined) object[names[index] as string] = value
    }
    return object
  }
}

function compileText(parts: readonly (string | Reference)[]): Print {
  const prints = parts.map((part) => (typeof part === 'string' ? () => part : compileReference(part)))
  return (data, input) => prints.map((print) => print(data, input) ?? '').join('')
}

function compileReference(to: Reference): Print {
  const get = compilePath(to)
  switch (to.codec) {
    case undefined:
    case 'milliseconds':
      return get
    case 'seconds':
      return (data, input) => {
        const value = get(data, input)
        return value === undefined ? undefined : Math.floor((value as number) / 1000)
      }
    case 'rfc3339':
      return (data, input) => {
        const value = get(data, input)
        return value === undefined ? undefined : toRfc3339(value as number)
      }
    case 'upper':
      return (data, input) => (get(data, input) as string | undefined)?.toUpperCase()
  }
}

function compilePath({ root, path }: Reference): Print {
  const [first, ...rest] = path
  if (root === 'data' && first !== undefined && rest.length === 0) return (data) => data[first] ?? undefined
  return (data, input) => {
    let value: unknown = root === 'input' ? input : data
    for (const name of path) {
      if (value === undefined || value === null) return undefined
      value = (value as Data)[name]
    }
    return value ?? undefined
  }
}
