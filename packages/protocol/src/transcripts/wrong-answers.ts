// Wrong answers: what a server could send in place of a right one, derived from what a transcript expects.
import type { CookieAttributes, Expectation } from '../transcript.js'
import { headerOf, type WireAnswer } from './answer.js'
import { plainName, readSetCookie } from './cookies.js'
import { fillMatcher, fillText, type Values } from './fill.js'
import { variants } from './variants.js'

export interface WrongAnswer {
  readonly kind: string
  /** Where the fault is, such as `cookies/jwt/Path`. */
  readonly at: string
  /** Undefined: none comes. */
  readonly answer?: WireAnswer
}

/** Every wrong answer in place of one that is as expected; `secure`: it came over https. */
export function wrongAnswers(
  answer: WireAnswer,
  expected: Expectation,
  values: Values,
  secure: boolean,
): WrongAnswer[] {
  return [
    { kind: 'no answer', at: 'answer' },
    { kind: 'a redirect', at: 'answer', answer: { status: 302, headers: [['location', '/']], body: '' } },
    ...wrongStatus(answer, expected),
    ...wrongBody(answer, expected, values),
    ...wrongHeaders(answer, expected, values),
    ...wrongCookies(answer, expected, secure),
    ...(expected.lacks ?? []).map((text) => ({
      kind: 'a secret told',
      at: 'headers/x-told',
      answer: added(answer, 'x-told', fillText(text, values)),
    })),
  ]
}

function wrongStatus(answer: WireAnswer, { status }: Expectation): WrongAnswer[] {
  const wanted = [status].flat()
  const isRefusal = wanted.every((one) => one >= 400)
  const isSuccess = wanted.every((one) => one < 400)
  const as = (kind: string, one: number) => ({ kind, at: 'status', answer: { ...answer, status: one } })
  return [
    as('another status', [418, 419, 420].find((one) => !wanted.includes(one))!),
    ...(isRefusal ? [as('a success in place of a refusal', 200)] : []),
    ...(isSuccess ? [as('a refusal in place of a success', 403)] : []),
  ]
}

function wrongBody(answer: WireAnswer, { body, text, headers }: Expectation, values: Values): WrongAnswer[] {
  const as = (kind: string, at: string, said: string) => ({ kind, at, answer: { ...answer, body: said } })
  if (text !== undefined)
    return variants(answer.body, fillMatcher(text, values), 'body')
      .filter(({ value }) => typeof value === 'string')
      .map(({ kind, at, value }) => as(kind, at, value as string))
  if (body === '$any') return []
  if (body === undefined) return [as('a body where none belongs', 'body', '{}')]
  const type = replaced(answer, 'content-type', 'text/html')
  return [
    as('no body', 'body', ''),
    as('a body that is no JSON', 'body', '<html>'),
    ...(headers?.['content-type'] === undefined
      ? [{ kind: 'a wrong content type', at: 'headers/content-type', answer: type }]
      : []),
    ...variants(JSON.parse(answer.body), fillMatcher(body, values), 'body').map(({ kind, at, value }) =>
      as(kind, at, JSON.stringify(value)),
    ),
  ]
}

function wrongHeaders(answer: WireAnswer, { headers = {} }: Expectation, values: Values): WrongAnswer[] {
  return Object.entries(fillMatcher(headers, values)).flatMap(([name, matcher]) => {
    const at = `headers/${name}`
    if (matcher === '$absent')
      return [{ kind: 'a header that must not be there', at, answer: added(answer, name, 'x') }]
    const wrong = variants(headerOf(answer, name), matcher, at).filter(
      ({ value }) => typeof value === 'string',
    )
    return [
      { kind: 'a missing header', at, answer: without(answer, name) },
      ...wrong.map(({ value }) => ({
        kind: 'a wrong header',
        at,
        answer: replaced(answer, name, value as string),
      })),
    ]
  })
}

function wrongCookies(answer: WireAnswer, { cookies = {} }: Expectation, secure: boolean): WrongAnswer[] {
  if (cookies === '$any') return []
  const stray = added(answer, 'set-cookie', 'not-on-this-wire=; Max-Age=0; Path=/')
  return [
    { kind: 'a cookie cleared that was to stay', at: 'cookies', answer: stray },
    ...Object.entries(cookies).flatMap(([name, { attributes, value }]) => {
      const line = answer.headers.find(([header, set]) => isCookie(header, set, name))![1]
      const at = `cookies/${name}`
      const as = (kind: string, where: string, changed?: string) => ({
        kind,
        at: where,
        answer: exchanged(answer, line, changed),
      })
      const end = line.includes(';') ? line.indexOf(';') : line.length
      const other = `${line.slice(0, line.indexOf('=') + 1)}${value === '' ? 'x' : ''}${line.slice(end)}`
      return [
        as('a missing cookie', at),
        as(value === '' ? 'a cookie that is not cleared' : 'a cookie without a value', `${at}/value`, other),
        as('a further cookie attribute', `${at}/Domain`, `${line}; Domain=example.com`),
        ...namesOf(attributes, secure).flatMap((attribute) =>
          wrongAttribute(line, attribute).map((changed) =>
            as('a wrong cookie attribute', `${at}/${attribute}`, changed),
          ),
        ),
      ]
    }),
  ]
}

const isCookie = (header: string, line: string, name: string) =>
  header.toLowerCase() === 'set-cookie' &&
  [name, plainName(name)].includes(plainName(readSetCookie(line).name))

const namesOf = (attributes: CookieAttributes, secure: boolean) =>
  Object.keys(attributes).filter((name) => name !== 'Secure' || attributes.Secure === true || secure)

/** The line without the attribute, and with another value of it. */
function wrongAttribute(line: string, name: string): string[] {
  const pattern = new RegExp(`; *${name}(=([^;]*))?(?=;|$)`, 'i')
  const [, , value] = pattern.exec(line) ?? []
  const gone = line.replace(pattern, '')
  if (value === undefined) return [gone]
  const other = /^\d+$/.test(value) ? String(Number(value) + 1) : name === 'SameSite' ? 'None' : `${value}x`
  return other === value ? [gone] : [gone, line.replace(pattern, `; ${name}=${other}`)]
}

const without = (answer: WireAnswer, name: string): WireAnswer => ({
  ...answer,
  headers: answer.headers.filter(([one]) => one.toLowerCase() !== name),
})
const added = (answer: WireAnswer, name: string, value: string): WireAnswer => ({
  ...answer,
  headers: [...answer.headers, [name, value]],
})
const replaced = (answer: WireAnswer, name: string, value: string) =>
  added(without(answer, name), name, value)
const exchanged = (answer: WireAnswer, line: string, other?: string): WireAnswer => ({
  ...answer,
  headers: answer.headers.flatMap(([name, value]) =>
    value !== line ? [[name, value] as const] : other === undefined ? [] : [[name, other] as const],
  ),
})
