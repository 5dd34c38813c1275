// Settings from sallyport.yaml: nested or dotted names, strict YAML 1.2. Messages never quote the file's text, since
// any line of it can hold a secret.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Document, LineCounter, Node, YAMLError, YAMLMap } from 'yaml'
import { nearest } from '../util/nearest.js'
import { type Reading, reasonOf } from './given.js'
import type { Declared } from './names.js'

type Yaml = typeof import('yaml')

interface Walk {
  yaml: Yaml
  document: Document
  declared: Declared
  reading: Reading
  place: (node: unknown) => string
}

/** What a file says. `required` is true for a file that was asked for by name; another may be missing. */
export async function readFile(path: string, required: boolean, declared: Declared): Promise<Reading> {
  const reading: Reading = { given: [], problems: [] }
  const full = resolve(path)
  const problem = (where: string, says: string) =>
    reading.problems.push({ name: full, source: 'file', where, says })
  const text = contents(full)
  if ('error' in text) {
    const missing = (text.error as NodeJS.ErrnoException).code === 'ENOENT'
    if (required || !missing) problem(full, `cannot be read (${reasonOf(text.error)})`)
    return reading
  }
  const yaml = await import('yaml')
  const lines = new yaml.LineCounter()
  const document = yaml.parseDocument(text.value, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
  })
  for (const fault of [...document.errors, ...document.warnings])
    problem(`${full}${position(lines, fault.pos[0])}`, sentenceOf(fault))
  if (reading.problems.length > 0 || document.contents === null) return reading
  const place = (node: unknown) => `${full}${position(lines, (node as Node).range?.[0] ?? 0)}`
  if (yaml.isMap(document.contents)) walk(document.contents, [], { yaml, document, declared, reading, place })
  else if (!yaml.isScalar(document.contents) || document.contents.value !== null)
    problem(place(document.contents), 'must hold settings, such as `port: 4400`')
  return reading
}

function contents(path: string): { value: string } | { error: unknown } {
  try {
    return { value: readFileSync(path, 'utf8') }
  } catch (error) {
    return { error }
  }
}

function walk(map: YAMLMap, above: readonly string[], context: Walk): void {
  const { yaml, declared, place, reading } = context
  for (const { key, value } of map.items) {
    const node = value ?? key
    if (!yaml.isScalar(key)) {
      reading.problems.push({
        name: '',
        source: 'file',
        where: place(key),
        says: 'a name must be plain text',
      })
      continue
    }
    const path = [...above, ...String(key.value).split('.')]
    const name = path.join('.')
    const isGroup = [...declared.keys()].some((known) => known.startsWith(`${name}.`))
    if (declared.has(name) && !(isGroup && yaml.isMap(value))) take(name, node as Node, value, context)
    else if (!isGroup) {
      const meant = nearest(name, declared.keys())
      const says = `${name} is no setting${meant ? `; did you mean ${meant}?` : ''}`
      reading.problems.push({ name, source: 'file', where: place(key), says })
    } else if (yaml.isMap(value)) walk(value, path, context)
    else {
      const says = `${name} holds settings, such as ${name}.${example(name, declared)}, and no value of its own`
      reading.problems.push({ name, source: 'file', where: place(key), says })
    }
  }
}

function take(
  name: string,
  node: Node,
  value: unknown,
  { declared, document, reading, place, yaml }: Walk,
): void {
  const setting = declared.get(name)!
  const where = place(node)
  const twin = reading.given.find((given) => given.setting === setting)
  const refuse = (says: string) => reading.problems.push({ name, source: 'file', where, says })
  if (twin) return void refuse(`${name} is already set at ${twin.where}`)
  try {
    const raw = yaml.isNode(value) ? value.toJS(document, { maxAliasCount: 100 }) : null
    if (hasPrototypeKey(raw)) refuse(`${name} has a member called __proto__`)
    else reading.given.push({ setting, source: 'file', where, raw })
  } catch {
    refuse(`${name} repeats itself through too many aliases`)
  }
}

function hasPrototypeKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([key, inner]) => key === '__proto__' || hasPrototypeKey(inner))
}

function example(name: string, declared: Declared): string {
  const known = [...declared.keys()].find((candidate) => candidate.startsWith(`${name}.`))!
  return known.slice(name.length + 1)
}

function position(lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset)
  return `:${line}:${col}`
}

/** The library's sentence up to the colon behind which it quotes the text. */
function sentenceOf(fault: YAMLError): string {
  return `is not YAML as expected: ${fault.message.split(':')[0]}`
}
