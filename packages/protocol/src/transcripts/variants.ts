// Wrong values: what a server could answer in place of a right one, derived from what is asked for. Each of them is wrong
// by construction; the matcher is not asked, since it is what they are to try.
import type { Matcher } from '../transcript.js'
import { decodeJwt, encodeJwt } from './jwt.js'
import { literal, words } from './show.js'

export interface Variant {
  /** What kind of fault it is, in words. */
  readonly kind: string
  /** Where, such as `body/user/id`. */
  readonly at: string
  /** The whole value with the fault in it; undefined: left out. */
  readonly value: unknown
}

type Members = Readonly<Record<string, Matcher>>

/** Every wrong value in place of one that fits. `open`: whether objects may have further members. */
export function variants(value: unknown, matcher: Matcher, at: string, open = true): Variant[] {
  if (typeof matcher === 'string') return ofText(value, matcher, at)
  if (matcher === null || typeof matcher !== 'object') return ofPlain(matcher, at)
  if (Array.isArray(matcher)) return ofList(value, matcher, at, open)
  const members = matcher as Members
  const rule = Object.keys(members).find((name) => Object.hasOwn(rules, name))
  return rule === undefined
    ? ofObject(value, members, at, open)
    : rules[rule]!(value, members[rule]!, at, open)
}

const wrongWords: Readonly<Record<string, readonly unknown[]>> = {
  $any: [],
  $absent: ['x'],
  $text: [7, ''],
  $integer: ['7', 0.5],
  $number: ['x'],
  $boolean: ['true'],
  $time: ['yesterday', 7],
  $uuid: ['x', 7],
  $jwt: ['x.y', 7],
  $object: ['x', []],
  $list: ['x', {}],
}

function ofText(value: unknown, matcher: string, at: string): Variant[] {
  if (matcher === '$absent') return [{ kind: 'a member that must not be there', at, value: 'x' }]
  if (Object.hasOwn(words, matcher))
    return wrongWords[matcher]!.map((wrong) => ({ kind: kindOf(value, wrong), at, value: wrong }))
  return [
    { kind: 'a wrong text', at, value: `${literal(matcher)}x` },
    { kind: 'a wrong type', at, value: 7 },
  ]
}

const kindOf = (value: unknown, wrong: unknown) =>
  typeof value === typeof wrong ? 'a wrong text' : 'a wrong type'

function ofPlain(matcher: number | boolean | null, at: string): Variant[] {
  const wrong = typeof matcher === 'number' ? matcher + 1 : matcher === null ? 0 : !matcher
  return [
    { kind: 'a wrong value', at, value: wrong },
    { kind: 'a wrong type', at, value: String(matcher) },
  ]
}

function ofList(value: unknown, matchers: readonly Matcher[], at: string, open: boolean): Variant[] {
  const list = value as readonly unknown[]
  return [
    { kind: 'a list of another length', at, value: [...list, 'x'] },
    { kind: 'a wrong type', at, value: 'x' },
    ...matchers.flatMap((inner, index) =>
      variants(list[index], inner, `${at}/${index}`, open).map((variant) => ({
        ...variant,
        value: list.with(index, variant.value),
      })),
    ),
  ]
}

function ofObject(value: unknown, members: Members, at: string, open: boolean): Variant[] {
  const object = value as Readonly<Record<string, unknown>>
  const inside = Object.entries(members).flatMap(([name, inner]) => {
    const wrong = variants(object[name], inner, `${at}/${name}`, open)
    const missing = { kind: 'a missing member', at: `${at}/${name}`, value: undefined }
    return (mayBeAbsent(inner) ? wrong : [missing, ...wrong]).map((variant) => ({
      ...variant,
      value: { ...object, [name]: variant.value },
    }))
  })
  const further = { kind: 'a further member', at, value: { ...object, 'not-on-this-wire': true } }
  return [{ kind: 'a wrong type', at, value: [] }, ...inside, ...(open ? [] : [further])]
}

function mayBeAbsent(matcher: Matcher): boolean {
  if (matcher === '$absent') return true
  const choice =
    matcher !== null && typeof matcher === 'object' && '$oneOf' in matcher ? matcher.$oneOf : undefined
  return Array.isArray(choice) && choice.some(mayBeAbsent)
}

type Rule = (value: unknown, of: Matcher, at: string, open: boolean) => Variant[]
const wrong =
  (kind: string, ...values: readonly unknown[]): Rule =>
  (_value, _of, at) =>
    values.map((value) => ({ kind, at, value }))

const outside: Rule = (_value, of, at) => {
  const { from, to } = of as { from?: number; to?: number }
  const beyond = [...(from === undefined ? [] : [from - 1]), ...(to === undefined ? [] : [to + 1])]
  return [
    ...beyond.map((value) => ({ kind: 'a number out of range', at, value })),
    { kind: 'a wrong type', at, value: '7' },
  ]
}

const rules: Readonly<Record<string, Rule>> = {
  $exactly: (value, of, at) => variants(value, of, at, false),
  $including: (value, of, at) => variants(value, of, at, true),
  $integer: outside,
  $number: outside,
  $left: (_value, most, at) => outside(undefined, { from: Number(most) - 2, to: Number(most) }, at, true),
  $match: wrong('a wrong type', 7),
  $contains: (value, text, at) => [
    { kind: 'a wrong text', at, value: String(value).replaceAll(String(text), '') },
  ],
  $not: (_value, of, at) =>
    typeof of === 'string' && !Object.hasOwn(words, of)
      ? [
          { kind: 'the value of before', at, value: literal(of) },
          { kind: 'a wrong text', at, value: '' },
          { kind: 'a wrong type', at, value: 7 },
        ]
      : [],
  $oneOf: () => [],
  $some: wrong('a list of another length', []),
  $each: (value, of, at, open) => {
    const list = value as readonly unknown[]
    const inside = list.length === 0 ? [] : variants(list[0], of, `${at}/0`, open)
    return [
      { kind: 'a wrong type', at, value: 'x' },
      ...inside.map((variant) => ({ ...variant, value: list.with(0, variant.value) })),
    ]
  },
  $jwt: ofJwt,
}

function ofJwt(value: unknown, of: Matcher, at: string): Variant[] {
  const token = decodeJwt(value)!
  const {
    header = {},
    claims = {},
    lifetime,
  } = of as { header?: Matcher; claims?: Matcher; lifetime?: Matcher }
  const part = (name: 'header' | 'claims', inner: Matcher) =>
    variants(token[name], inner, `${at}/${name}`)
      .filter((variant) => !Array.isArray(variant.value))
      .map((variant) => ({
        kind: `${variant.kind} in a token's ${name}`,
        at: variant.at,
        value: encodeJwt({ ...token, [name]: variant.value }),
      }))
  const later = { ...token.claims, exp: (token.claims.exp as number) + 1 }
  return [
    { kind: 'no token', at, value: 'x.y' },
    ...part('header', header),
    ...part('claims', claims),
    ...(typeof lifetime === 'number'
      ? [{ kind: 'a wrong lifetime', at, value: encodeJwt({ ...token, claims: later }) }]
      : []),
  ]
}
