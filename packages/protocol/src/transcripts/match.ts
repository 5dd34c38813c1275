// Holds a value against a matcher and says what differs, a line each. Never throws: an answer may be anything.
import type { Matcher } from '../transcript.js'
import { decodeJwt } from './jwt.js'
import { describe, literal, show } from './show.js'

/** One thing that is not as it should be, such as `body/user/id`. */
export interface Difference {
  readonly path: string
  readonly expected: string
  readonly got: string
}

type Rule = (value: unknown, of: Matcher, at: Position, whole: Members) => readonly Difference[]
type Members = Readonly<Record<string, Matcher>>
interface Position {
  readonly path: string
  /** Whether objects may have further members. */
  readonly open: boolean
}

/** Everything in which a value is not what the matcher asks for; a value that is not there is undefined. */
export function match(value: unknown, matcher: Matcher, path: string, open = true): readonly Difference[] {
  const at = { path, open }
  if (typeof matcher === 'string') return isText(value, matcher) ? [] : [differs(value, matcher, path)]
  if (matcher === null || typeof matcher !== 'object')
    return value === matcher ? [] : [differs(value, matcher, path)]
  if (Array.isArray(matcher)) return matchList(value, matcher, at)
  const members = matcher as Members
  const rule = Object.keys(members).find((name) => Object.hasOwn(rules, name))
  return rule === undefined
    ? matchObject(value, members, at)
    : rules[rule]!(value, members[rule]!, at, members)
}

const differs = (value: unknown, matcher: Matcher, path: string): Difference => ({
  path,
  expected: describe(matcher),
  got: show(value),
})

const fits = (value: unknown, matcher: Matcher) => match(value, matcher, '').length === 0

function isText(value: unknown, matcher: string): boolean {
  if (Object.hasOwn(tests, matcher)) return tests[matcher]!(value)
  return value === literal(matcher)
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
const fitting = (pattern: RegExp) => (value: unknown) => typeof value === 'string' && pattern.test(value)

const tests: Readonly<Record<string, (value: unknown) => boolean>> = {
  $any: (value) => value !== undefined,
  $absent: (value) => value === undefined,
  $text: (value) => typeof value === 'string' && value !== '',
  $integer: (value) => Number.isSafeInteger(value),
  $number: (value) => typeof value === 'number',
  $boolean: (value) => typeof value === 'boolean',
  $time: fitting(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/),
  $uuid: fitting(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i),
  $jwt: (value) => decodeJwt(value) !== undefined,
  $object: isObject,
  $list: Array.isArray,
}

function matchList(value: unknown, matchers: readonly Matcher[], at: Position): readonly Difference[] {
  if (!Array.isArray(value) || value.length !== matchers.length) return [differs(value, matchers, at.path)]
  return matchers.flatMap((inner, index) => match(value[index], inner, `${at.path}/${index}`, at.open))
}

function matchObject(value: unknown, members: Members, { path, open }: Position): readonly Difference[] {
  if (!isObject(value)) return [differs(value, members, path)]
  const below = (name: string) => `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
  const own = (name: string) => (Object.hasOwn(value, name) ? value[name] : undefined)
  const known = Object.entries(members).flatMap(([name, inner]) => match(own(name), inner, below(name), open))
  const further = open ? [] : Object.keys(value).filter((name) => !Object.hasOwn(members, name))
  return [...known, ...further.map((name) => differs(value[name], '$absent', below(name)))]
}

/** Seconds that may pass between the making of a token and the writing of its answer. */
const slack = 2

/** A rule that holds or not, as one difference. */
const whether =
  (test: (value: unknown, of: never) => boolean): Rule =>
  (value, of, { path }, whole) =>
    test(value, of as never) ? [] : [differs(value, whole, path)]

const within = (value: unknown, { from = -Infinity, to = Infinity }: { from?: number; to?: number }) =>
  typeof value === 'number' && value >= from && value <= to

/** Of the same type and, as a text, not empty: `{ $not: '${old}' }` asks for a new one and not for none. */
function isOther(value: unknown, other: Matcher): boolean {
  if (value === undefined || value === '' || fits(value, other)) return false
  return typeof value === typeof other || (typeof other === 'string' && Object.hasOwn(tests, other))
}

const rules: Readonly<Record<string, Rule>> = {
  $exactly: (value, of, { path }) => match(value, of, path, false),
  $including: (value, of, { path }) => match(value, of, path, true),
  $integer: whether((value, of: object) => Number.isSafeInteger(value) && within(value, of)),
  $number: whether(within),
  $left: whether(
    (value, most: number) => Number.isSafeInteger(value) && within(value, { from: most - slack, to: most }),
  ),
  $match: whether(
    (value, pattern: string) => typeof value === 'string' && new RegExp(pattern, 'u').test(value),
  ),
  $contains: whether((value, text: string) => typeof value === 'string' && value.includes(text)),
  $not: whether(isOther),
  $oneOf: whether((value, list: readonly Matcher[]) => list.some((one) => fits(value, one))),
  $some: whether((value, item: Matcher) => Array.isArray(value) && value.some((one) => fits(one, item))),
  $each: matchEach,
  $jwt: matchJwt,
}

function matchEach(value: unknown, item: Matcher, { path, open }: Position, whole: Members) {
  const { atLeast = 0, atMost = Infinity } = whole as { atLeast?: number; atMost?: number }
  if (!Array.isArray(value)) return [differs(value, whole, path)]
  const most = atMost === Infinity ? '' : ` to ${atMost}`
  if (value.length < atLeast || value.length > atMost)
    return [{ path, expected: `${atLeast}${most || ' or more'} items`, got: `${value.length}` }]
  return value.flatMap((one, index) => match(one, item, `${path}/${index}`, open))
}

function matchJwt(value: unknown, of: Matcher, { path }: Position): readonly Difference[] {
  const token = decodeJwt(value)
  if (!token) return [differs(value, '$jwt', path)]
  const {
    header = {},
    claims = {},
    lifetime,
  } = of as { header?: Matcher; claims?: Matcher; lifetime?: Matcher }
  const { iat, exp } = token.claims
  const seconds = typeof iat === 'number' && typeof exp === 'number' ? exp - iat : undefined
  return [
    ...match(token.header, header, `${path}/header`),
    ...match(token.claims, claims, `${path}/claims`),
    ...(lifetime === undefined ? [] : match(seconds, lifetime, `${path}/lifetime`)),
  ]
}
