// Cookies of a contract: their names on the wire, reading one from a request, writing and clearing them. Always
// HttpOnly, never a Domain but the gate's; Secure and the name prefixes fall away on plain-http localhost alone, where browsers would
// refuse them.

import type { Data } from '@sallyport/protocol'
import { type Contract, type CookieRule, fail } from '@sallyport/protocol'

export interface Cookie {
  /** As the contract lists it. */
  readonly listed: string
  /** As it stands on the wire, with its prefix. */
  readonly name: string
  readonly holds: CookieRule['holds'] | 'gate'
  /** Everything behind the value but Max-Age. */
  readonly attributes: string
  /** What the gate's cookie holds beside a cookie of the pages. */
  readonly follows?: (pageToken: string) => string | undefined
}

/** A contract's cookies by the name they are listed under. */
export function cookiesOf(contract: Contract, secure: boolean): ReadonlyMap<string, Cookie> {
  return new Map(
    Object.entries(contract.cookies).map(([listed, rule]) => [
      listed,
      {
        listed,
        name: secure ? `${rule.prefix ?? ''}${listed}` : listed,
        holds: rule.holds,
        attributes: `; Path=${rule.path}; HttpOnly; SameSite=${rule.sameSite}${secure ? '; Secure' : ''}`,
      },
    ]),
  )
}

/** The value of a cookie in a Cookie header; empty counts as absent. Throws `invalid_request` if it is there twice. */
export function readCookie(header: string, name: string): string | undefined {
  const values = readCookies(header, name)
  if (values.length > 1) throw fail('invalid_request', { detail: `The cookie ${name} was sent twice.` })
  return values[0] || undefined
}

/** Every value of a cookie in a Cookie header, the empty ones too. */
export function readCookies(header: string, name: string): string[] {
  const values: string[] = []
  for (let at = header.indexOf(name); at !== -1; at = header.indexOf(name, at + 1)) {
    const end = at + name.length
    if (header.charCodeAt(end) !== 0x3d || !startsPair(header, at)) continue
    const stop = header.indexOf(';', end)
    values.push(header.slice(end + 1, stop === -1 ? undefined : stop).trimEnd())
  }
  return values
}

/** Whether only blanks lie between here and the semicolon before it, or the start. */
function startsPair(header: string, at: number): boolean {
  let before = at - 1
  while (before >= 0 && header.charCodeAt(before) === 0x20) before--
  return before < 0 || header.charCodeAt(before) === 0x3b
}

/** Set-Cookie values for what a way in, a refresh or a confirmation gave, by the transport of the session. */
export function cookiesToSet(cookies: Iterable<Cookie>, output: Data): string[] {
  const set: string[] = []
  if (output.transport === 'body') return set
  for (const { name, holds, attributes, follows } of cookies) {
    if (holds === 'access' && output.transport === 'split') continue
    const from = follows ? 'page' : holds
    const given = output[`${from}_token`] as string | undefined
    const token = given !== undefined && follows ? follows(given) : given
    const seconds = Math.floor((output[`${from}_expires_in`] as number) / 1000)
    if (token !== undefined) set.push(`${name}=${token}${attributes}; Max-Age=${seconds}`)
  }
  return set
}

/**
 * Set-Cookie values that end the contract's cookies; a device stays known when its session ends. Where tokens usually
 * travel in bodies only what the client sent is cleared, so that clients without cookies never meet one.
 */
export function cookiesToClear(cookies: Iterable<Cookie>, contract: Contract, header: string): string[] {
  const isUsual = contract.transport.default !== 'body'
  return clearing(cookies, ({ name }) => isUsual || holdsCookie(header, name))
}

/** The same for the cookies that a failure lists: the others stay. */
export function cookiesToClearOf(cookies: Iterable<Cookie>, listed: readonly string[]): string[] {
  return clearing(cookies, (cookie) => listed.includes(cookie.listed))
}

/** The same for a browser that signs out on a page of ours, which never gets to see cookies of other paths. */
export function cookiesToClearAll(cookies: Iterable<Cookie>): string[] {
  return clearing(cookies, () => true)
}

function clearing(cookies: Iterable<Cookie>, isMeant: (cookie: Cookie) => boolean): string[] {
  return [...cookies]
    .filter((cookie) => cookie.holds !== 'device' && isMeant(cookie))
    .map(({ name, attributes }) => `${name}=${attributes}; Max-Age=0`)
}

function holdsCookie(header: string, name: string): boolean {
  for (let at = header.indexOf(name); at !== -1; at = header.indexOf(name, at + 1))
    if (header.charCodeAt(at + name.length) === 0x3d && startsPair(header, at)) return true
  return false
}

/** The output as a body may show it: a cookie session never gets a token in a body, a split one the access token. */
export function withoutHiddenTokens(output: Data): Data {
  if (output.transport === 'cookie') return { ...output, ...hidden, access_token: undefined }
  if (output.transport === 'split') return { ...output, ...hidden }
  return output
}

const hidden = {
  refresh_token: undefined,
  device_token: undefined,
  device_expires_in: undefined,
  page_token: undefined,
  page_expires_in: undefined,
}
