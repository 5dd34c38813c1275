// Whether something is a transcript, before it is played: a misspelled matcher would be held against answers as a plain
// text, and a misspelled member would go unread.
import { codecs } from './fill.js'
import { rules, words } from './show.js'

type Check = (value: unknown, at: string) => string[]

/** What is wrong with it, a line each; none for a transcript. */
export function checkTranscript(value: unknown): string[] {
  const shape = transcript(value, '')
  if (shape.length > 0) return shape
  const { scenes } = value as { scenes: readonly SceneLike[] }
  return scenes.flatMap((scene, index) => checkReferences(scene, `/scenes/${index}`))
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
const unless = (holds: boolean, at: string, says: string) => (holds ? [] : [`${at || '/'}: ${says}`])

const text: Check = (value, at) => unless(typeof value === 'string' && value !== '', at, 'must be a text')
const anyText: Check = (value, at) => unless(typeof value === 'string', at, 'must be a text')
const count: Check = (value, at) =>
  unless(Number.isSafeInteger(value) && (value as number) >= 0, at, 'must be a whole number')
const anything: Check = () => []
const only =
  (...allowed: readonly unknown[]): Check =>
  (value, at) =>
    unless(allowed.includes(value), at, `must be ${allowed.map((one) => JSON.stringify(one)).join(' or ')}`)
const either =
  (first: Check, second: Check): Check =>
  (value, at) =>
    first(value, at).length === 0 ? [] : second(value, at)
const list =
  (item: Check): Check =>
  (value, at) =>
    Array.isArray(value) && value.length > 0
      ? value.flatMap((one, index) => item(one, `${at}/${index}`))
      : unless(false, at, 'must be a list that is not empty')
const record =
  (item: Check): Check =>
  (value, at) =>
    isObject(value)
      ? Object.entries(value).flatMap(([name, one]) => item(one, `${at}/${name}`))
      : unless(false, at, 'must be an object')
const shape =
  (required: Readonly<Record<string, Check>>, optional: Readonly<Record<string, Check>> = {}): Check =>
  (value, at) => {
    if (!isObject(value)) return unless(false, at, 'must be an object')
    const known = { ...required, ...optional }
    const missing = Object.keys(required).filter((name) => !Object.hasOwn(value, name))
    return [
      ...missing.map((name) => `${at}/${name}: is missing`),
      ...Object.entries(value).flatMap(([name, one]) =>
        Object.hasOwn(known, name) ? known[name]!(one, `${at}/${name}`) : [`${at}/${name}: is unknown here`],
      ),
    ]
  }

const pattern: Check = (value, at) => {
  try {
    new RegExp(value as string, 'u')
    return anyText(value, at)
  } catch {
    return [`${at}: is no regular expression`]
  }
}

const range = shape({}, { from: anything, to: anything })
const matcher: Check = (value, at) => {
  if (typeof value === 'string')
    return unless(
      !/^\$[^${]/.test(value) || Object.hasOwn(words, value),
      at,
      `${value} is no word of a matcher`,
    )
  if (Array.isArray(value)) return value.flatMap((one, index) => matcher(one, `${at}/${index}`))
  if (!isObject(value)) return []
  const names = Object.keys(value).filter((name) => name.startsWith('$') && !name.startsWith('${'))
  const [rule] = names
  if (rule === undefined) return record(matcher)(value, at)
  if (!Object.hasOwn(rules, rule)) return [`${at}: ${rule} is no rule of a matcher`]
  const further: Readonly<Record<string, Check>> = rule === '$each' ? { atLeast: count, atMost: count } : {}
  return shape({ [rule]: insideOf[rule] ?? matcher }, further)(value, at)
}
const insideOf: Readonly<Record<string, Check>> = {
  $integer: range,
  $number: range,
  $left: count,
  $match: pattern,
  $contains: text,
  $oneOf: list(matcher),
  $exactly: record(matcher),
  $including: record(matcher),
  $jwt: shape({}, { header: record(matcher), claims: matcher, lifetime: matcher }),
}

const cookie = shape(
  {
    value: matcher,
    attributes: shape(
      {},
      {
        'Max-Age': matcher,
        Path: text,
        Domain: text,
        SameSite: only('Strict', 'Lax', 'None'),
        HttpOnly: only(true),
        Secure: only(true, 'https'),
      },
    ),
  },
  { prefix: only('__Host-', '__Secure-') },
)
const lowerCase: Check = (value, at) =>
  record(matcher)(value, at).concat(
    Object.keys(value as object)
      .filter((name) => name !== name.toLowerCase())
      .map((name) => `${at}/${name}: names of headers are lower-case here`),
  )
const expectation = {
  body: matcher,
  text: matcher,
  headers: lowerCase,
  cookies: either(only('$any'), record(cookie)),
  lacks: list(text),
}
const status = either(count, list(count))
const source: Check = (value, at) => {
  if (typeof value === 'string')
    return unless(/^(\/|$)/.test(value), at, 'must be a JSON pointer, such as /token')
  return isObject(value) && 'cookie' in value
    ? shape({ cookie: text })(value, at)
    : shape({}, { header: text, match: pattern })(value, at)
}
const save = record(source)
const method: Check = (value, at) =>
  unless(typeof value === 'string' && /^[A-Z]+ \/\S*$/.test(value), at, 'must be METHOD /path')
const requestMembers = {
  client: text,
  headers: record(anyText),
  bearer: anyText,
  cookies: record(anyText),
  json: anything,
  form: record(anyText),
  multipart: record(anyText),
  raw: anyText,
}
const outcome = shape(
  { count: either(count, shape({ from: count, to: count })), status },
  { ...expectation, save },
)
const says = { says: text }
const kinds: Readonly<Record<string, Check>> = {
  send: shape({ send: method, expect: shape({ status }, expectation) }, { ...requestMembers, ...says, save }),
  together: shape(
    { together: shape({ send: method }, requestMembers), times: count, expect: list(outcome) },
    says,
  ),
  advance: shape({ advance: count }, says),
  mail: shape({ mail: shape({ to: text, save: record(pattern) }) }, says),
  admin: shape(
    {
      admin: shape(
        { act: only('disable', 'enable', 'delete', 'confirm', 'grant', 'revoke'), user: text },
        { role: text },
      ),
    },
    says,
  ),
}
const step: Check = (value, at) => {
  const kind = isObject(value) ? Object.keys(kinds).find((name) => Object.hasOwn(value, name)) : undefined
  return kind === undefined
    ? unless(false, at, `must have one of ${Object.keys(kinds).join(', ')}`)
    : kinds[kind]!(value, at)
}
const scene = shape({ title: text, steps: list(step) }, { values: record(anything), departs: text })
const transcript = shape({ contract: text, scenes: list(scene) }, { settings: record(anyText) })

interface SceneLike {
  readonly values?: Readonly<Record<string, unknown>>
  readonly steps: readonly object[]
}

/** References to values that nothing before has given. */
function checkReferences({ values = {}, steps }: SceneLike, at: string): string[] {
  const known = new Set(['unique'])
  const problems: string[] = []
  const look = (value: unknown, where: string) => {
    for (const [, name = '', codec] of JSON.stringify(value).matchAll(/\$\{([^}|]*)(?:\|([^}]*))?\}/g)) {
      if (!known.has(name)) problems.push(`${where}: \${${name}} is not known here`)
      if (codec !== undefined && !Object.hasOwn(codecs, codec))
        problems.push(`${where}: ${codec} is no codec`)
    }
  }
  for (const [name, value] of Object.entries(values)) {
    look(value, `${at}/values/${name}`)
    known.add(name)
  }
  for (const [index, one] of steps.entries()) {
    look(one, `${at}/steps/${index}`)
    for (const name of savedBy(one)) known.add(name)
  }
  return problems
}

function savedBy(step: object): string[] {
  const {
    save: own,
    mail,
    expect,
  } = step as {
    save?: object
    mail?: { save: object }
    expect?: unknown
  }
  const outcomes = Array.isArray(expect) ? (expect as readonly { save?: object }[]) : []
  return [own, mail?.save, ...outcomes.map((one) => one.save)].flatMap((saved) => Object.keys(saved ?? {}))
}
