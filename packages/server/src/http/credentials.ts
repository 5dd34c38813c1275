// Finding the credentials a route reads, in the order of its sources. All that are present are handed on, so that
// those of two users can be noticed; the first is the one that counts. Judging them is not done here, and the query
// string is never looked at.
import type { IncomingMessage } from 'node:http'
import { fail, type TokenKind } from '@sallyport/protocol'
import type { Credential } from '../domain/context.js'
import { readCookie } from './cookies.js'
import { WireFailure } from './wire-failure.js'

/** A source with its name on the wire: a cookie's with prefix, or a body member. */
export interface Source {
  readonly from: Credential['from']
  readonly kind: TokenKind
  readonly name: string
}

type Body = Readonly<Record<string, unknown>>

/** Bytes; no token of ours comes near, and a longer one is not worth decoding. */
const longest = 8192

/**
 * The credentials of a request. Throws `invalid_request` for a header or cookie sent twice or a token that is no text,
 * and the kind's own error for one that is too long.
 */
export function findCredentials(
  sources: readonly Source[],
  request: IncomingMessage,
  body: Body | undefined,
): Credential[] {
  const found: Credential[] = []
  for (const { from, kind, name } of sources) {
    const value =
      from === 'bearer'
        ? readBearer(request)
        : from === 'cookie'
          ? readCookie(request.headers.cookie ?? '', name)
          : readMember(body, name)
    if (value === undefined) continue
    if (value.length > longest)
      throw fail(kind === 'refresh' ? 'refresh_token_invalid' : 'access_token_invalid')
    found.push({ kind, from, value })
  }
  return found
}

/** The token of `Authorization: Bearer` (RFC 6750); another scheme or no token counts as none. */
export function readBearer({ rawHeaders }: IncomingMessage): string | undefined {
  let header: string | undefined
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string
    if (name.length !== 13 || name.toLowerCase() !== 'authorization') continue
    if (header !== undefined)
      throw fail('invalid_request', { detail: 'The header Authorization was sent twice.' })
    header = rawHeaders[index + 1] as string
  }
  return header === undefined ? undefined : tokenOf(header)
}

const scheme = 'bearer '

function tokenOf(header: string): string | undefined {
  if (header.slice(0, scheme.length).toLowerCase() !== scheme) return undefined
  let start = scheme.length
  while (header.charCodeAt(start) === 0x20) start++
  return header.slice(start) || undefined
}

function readMember(body: Body | undefined, name: string): string | undefined {
  if (body === undefined || !Object.hasOwn(body, name)) return undefined
  const value = body[name]
  if (typeof value !== 'string')
    throw new WireFailure([{ path: [name], code: 'type', detail: 'must be a text' }])
  return value || undefined
}
