// An answer held against what a transcript expects of it, and the values that later steps take from it.
import type { Expectation, Source } from '../transcript.js'
import { createJar, matchCookies, readSetCookie, type SetCookie } from './cookies.js'
import { fillMatcher, fillText, type Values } from './fill.js'
import { type Difference, match } from './match.js'
import { show } from './show.js'

export interface WireAnswer {
  readonly status: number
  /** In the order in which they came; a name may come several times. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** The values of a header, joined by `, `; undefined where it is absent. */
export function headerOf({ headers }: WireAnswer, name: string): string | undefined {
  const values = headers.filter(([one]) => one.toLowerCase() === name).map(([, value]) => value)
  return values.length === 0 ? undefined : values.join(', ')
}

export const setCookiesOf = ({ headers }: WireAnswer): SetCookie[] =>
  headers.filter(([name]) => name.toLowerCase() === 'set-cookie').map(([, line]) => readSetCookie(line))

/** Everything in which an answer is not as expected. `secure`: it came over https. Throws UnknownValue. */
export function judge(
  answer: WireAnswer,
  expected: Expectation,
  values: Values,
  secure: boolean,
): readonly Difference[] {
  const headers = fillMatcher(expected.headers ?? {}, values)
  return [
    ...judgeStatus(answer.status, expected.status),
    ...judgeBody(answer, expected, values),
    ...Object.entries(headers).flatMap(([name, matcher]) =>
      match(headerOf(answer, name), matcher, `headers/${name}`),
    ),
    ...matchCookies(setCookiesOf(answer), cookiesOf(expected, values), secure),
    ...(expected.lacks ?? []).flatMap((text) => judgeLack(answer, fillText(text, values))),
  ]
}

function judgeStatus(status: number, expected: number | readonly number[]): readonly Difference[] {
  const wanted = [expected].flat()
  if (wanted.includes(status)) return []
  return [{ path: 'status', expected: wanted.join(' or '), got: String(status) }]
}

function cookiesOf({ cookies }: Expectation, values: Values): Expectation['cookies'] {
  if (cookies === undefined || cookies === '$any') return cookies
  return Object.fromEntries(
    Object.entries(cookies).map(([name, cookie]) => [
      name,
      { ...cookie, value: fillMatcher(cookie.value, values) },
    ]),
  )
}

function judgeBody(answer: WireAnswer, expected: Expectation, values: Values): readonly Difference[] {
  const { body, text } = expected
  if (text !== undefined) return match(answer.body, fillMatcher(text, values), 'body')
  if (body === '$any') return []
  if (body === undefined)
    return answer.body === '' ? [] : [{ path: 'body', expected: 'nothing', got: show(answer.body) }]
  const json = jsonOf(answer)
  if (json === undefined) return [{ path: 'body', expected: 'JSON', got: show(answer.body) }]
  return [...judgeType(answer, expected), ...match(json.value, fillMatcher(body, values), 'body')]
}

function judgeType(answer: WireAnswer, { headers = {} }: Expectation): readonly Difference[] {
  const type = headerOf(answer, 'content-type')
  if ('content-type' in headers || /^application\/([\w.-]+\+)?json *(;|$)/i.test(type ?? '')) return []
  return [{ path: 'headers/content-type', expected: 'a JSON type', got: show(type) }]
}

function judgeLack({ headers, body }: WireAnswer, text: string): readonly Difference[] {
  const where = body.includes(text) ? 'the body' : headers.find(([, value]) => value.includes(text))?.[0]
  if (where === undefined) return []
  return [{ path: 'answer', expected: `no ${show(text)} anywhere`, got: `it stands in ${where}` }]
}

function jsonOf({ body }: WireAnswer): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(body) }
  } catch {
    return undefined
  }
}

/** The value that a later step asks for; undefined where the answer does not have it. `path`: the one asked for. */
export function read(answer: WireAnswer, source: Source): unknown {
  if (typeof source === 'string') return pointed(jsonOf(answer)?.value, source)
  if ('cookie' in source) {
    const jar = createJar()
    jar.keep(setCookiesOf(answer), '/')
    return jar.value(source.cookie)
  }
  const text = 'header' in source ? headerOf(answer, source.header) : answer.body
  if (source.match === undefined || text === undefined) return text
  return new RegExp(source.match, 'u').exec(text)?.[1]
}

/** RFC 6901. */
function pointed(value: unknown, pointer: string): unknown {
  const names = pointer.split('/').slice(1)
  return names.reduce<unknown>((at, escaped) => {
    const name = escaped.replaceAll('~1', '/').replaceAll('~0', '~')
    return at !== null && typeof at === 'object' && Object.hasOwn(at, name)
      ? (at as Record<string, unknown>)[name]
      : undefined
  }, value)
}
