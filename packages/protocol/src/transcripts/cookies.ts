// Cookies on the wire: what Set-Cookie lines say (RFC 6265 section 5.2), the jar of one client, and the comparison with
// what a transcript expects.
import type { Expectation, ExpectedCookie } from '../transcript.js'
import { type Difference, match } from './match.js'
import { show } from './show.js'

export interface SetCookie {
  readonly name: string
  readonly value: string
  /** By their usual names; true where an attribute has no value. */
  readonly attributes: Readonly<Record<string, string | number | true>>
}

const known = ['Max-Age', 'Path', 'Domain', 'SameSite', 'HttpOnly', 'Secure', 'Expires'] as const
const usual = new Map<string, string>(known.map((name) => [name.toLowerCase(), name]))

/** One Set-Cookie line. Attributes with unknown names keep them. */
export function readSetCookie(line: string): SetCookie {
  const [pair = '', ...rest] = line.split(';').map((part) => part.trim())
  const attributes = rest
    .filter((part) => part !== '')
    .map((part) => {
      const [name = '', ...value] = part.split('=')
      const called = usual.get(name.toLowerCase()) ?? name
      return [called, attributeOf(called, value.join('='), value.length > 0)] as const
    })
  const end = pair.includes('=') ? pair.indexOf('=') : 0
  return { name: pair.slice(0, end), value: pair.slice(end + 1), attributes: Object.fromEntries(attributes) }
}

function attributeOf(name: string, value: string, given: boolean): string | number | true {
  if (name === 'HttpOnly' || name === 'Secure') return true
  return name === 'Max-Age' && /^-?\d+$/.test(value) ? Number(value) : given ? value : true
}

/** The name without the prefix that RFC 6265bis gives a meaning to. */
export const plainName = (name: string) => name.replace(/^__(Host|Secure)-/, '')

export interface Jar {
  /** The Cookie header for a path; empty where there is none to send. */
  header(path: string): string
  /** The value of a cookie by its name, with or without a prefix. */
  value(name: string): string | undefined
  keep(cookies: readonly SetCookie[], path: string): void
}

/** What one client keeps. Time does not pass in it: a cookie goes when it is cleared. */
export function createJar(): Jar {
  const kept = new Map<string, { name: string; value: string; path: string }>()
  return {
    header: (path) =>
      [...kept.values()]
        .filter((cookie) => covers(cookie.path, path))
        .map(({ name, value }) => `${name}=${value}`)
        .join('; '),
    value: (name) =>
      [...kept.values()].find((one) => one.name === name || plainName(one.name) === name)?.value,
    keep: (cookies, requested) => {
      for (const { name, value, attributes } of cookies) {
        const path = String(attributes.Path ?? '').startsWith('/')
          ? String(attributes.Path)
          : folderOf(requested)
        if (isOver(attributes)) kept.delete(`${name};${path}`)
        else kept.set(`${name};${path}`, { name, value, path })
      }
    },
  }
}

function isOver(attributes: SetCookie['attributes']): boolean {
  const age = attributes['Max-Age']
  if (typeof age === 'number') return age <= 0
  return typeof attributes.Expires === 'string' && Date.parse(attributes.Expires) <= Date.UTC(1990, 0)
}

/** RFC 6265 section 5.1.4. */
const folderOf = (path: string) => path.slice(0, Math.max(path.lastIndexOf('/'), 1))
const covers = (folder: string, path: string) =>
  path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)

/** What differs in the cookies of an answer; `secure` where it came over https. */
export function matchCookies(
  got: readonly SetCookie[],
  expected: Expectation['cookies'],
  secure: boolean,
): readonly Difference[] {
  if (expected === '$any') return []
  const wanted = Object.entries(expected ?? {}).map(([name, cookie]) => ({
    path: `cookies/${name}`,
    name: secure ? `${cookie.prefix ?? ''}${name}` : name,
    cookie,
  }))
  const others = got.filter(({ name }) => !wanted.some((one) => one.name === name))
  return [
    ...wanted.flatMap(({ path, name, cookie }) => matchCookie(named(got, name), cookie, path, secure)),
    ...others.map(({ name, value, attributes }) => ({
      path: `cookies/${name}`,
      expected: 'no such cookie',
      got: show({ value, ...attributes }),
    })),
  ]
}

const named = (cookies: readonly SetCookie[], name: string) => cookies.filter((one) => one.name === name)

function matchCookie(
  got: readonly SetCookie[],
  { value, attributes }: ExpectedCookie,
  path: string,
  secure: boolean,
): readonly Difference[] {
  const [cookie, ...again] = got
  if (!cookie) return [{ path, expected: 'a cookie', got: 'nothing' }]
  if (again.length > 0) return [{ path, expected: 'one cookie', got: `${got.length} of this name` }]
  const { Secure, ...rest } = attributes
  const wanted = { ...rest, ...((Secure === true || (Secure === 'https' && secure)) && { Secure: true }) }
  const { Expires, ...plain } = cookie.attributes
  const compared = 'Max-Age' in plain || Expires === undefined ? plain : cookie.attributes
  return [...match(cookie.value, value, `${path}/value`), ...match(compared, wanted, path, false)]
}
