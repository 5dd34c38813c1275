// Values and matchers in words, short enough for a line of a terminal, and without what would be a whole token: the
// people that a transcript makes stay at the backend.
import type { Matcher } from '../transcript.js'

const longest = 160
const jwt = /\b(eyJ[\w-]+\.[\w-]*)\.[\w-]+/g
const secret = /(?<![\w.-])([\w-]{12})[\w-]{28,}(?![\w.-])/g

/** A value as JSON; JWTs lose their signatures, other tokens their ends, long texts their middle. Undefined: «nothing». */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = (JSON.stringify(value) ?? String(value)).replace(jwt, '$1.…').replace(secret, '$1…')
  return text.length <= longest ? text : `${text.slice(0, longest - 40)} … ${text.slice(-37)}`
}

/** What the words of a matcher mean. */
export const words: Readonly<Record<string, string>> = {
  $any: 'anything',
  $absent: 'nothing',
  $text: 'a text',
  $integer: 'a whole number',
  $number: 'a number',
  $boolean: 'true or false',
  $time: 'a time as in RFC 3339',
  $uuid: 'a UUID',
  $jwt: 'a JWT',
  $object: 'an object',
  $list: 'a list',
}

/** What a matcher asks for. */
export function describe(matcher: Matcher): string {
  if (typeof matcher === 'string') return words[matcher] ?? show(literal(matcher))
  if (matcher === null || typeof matcher !== 'object') return show(matcher)
  if (Array.isArray(matcher)) return `a list of ${matcher.length}`
  const rule = matcher as Readonly<Record<string, Matcher>>
  const name = Object.keys(rule).find((key) => Object.hasOwn(rules, key))
  return name === undefined ? 'an object' : rules[name]!(rule[name]!)
}

/** A text without the `$` that kept it from being a word. */
export const literal = (text: string) => (text.startsWith('$$') ? text.slice(1) : text)

const range = (kind: string) => (limits: Matcher) => {
  const { from, to } = limits as { from?: number; to?: number }
  const least = from === undefined ? '' : ` from ${from}`
  return `${kind}${least}${to === undefined ? '' : ` to ${to}`}`
}
export const rules: Readonly<Record<string, (of: Matcher) => string>> = {
  $exactly: () => 'an object without further members',
  $including: () => 'an object',
  $integer: range('a whole number'),
  $number: range('a number'),
  $left: (seconds) => `${seconds} or a second or two less`,
  $match: (pattern) => `a text that fits /${pattern}/`,
  $contains: (text) => `a text that holds ${show(text)}`,
  $not: (other) => `anything but ${describe(other)}`,
  $oneOf: (list) => (list as readonly Matcher[]).map(describe).join(' or '),
  $each: (item) => `a list, each ${describe(item)}`,
  $some: (item) => `a list with ${describe(item)} in it`,
  $jwt: () => 'a JWT',
}
