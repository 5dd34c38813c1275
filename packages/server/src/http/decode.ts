// From bytes to canonical input: encoding by content type, wire members by the route's fields, codecs, refused members.
// Types are not judged here; the operation's schema does that afterwards.
import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders } from 'node:http'
import { type FieldProblem, fail, type InCodec } from '@sallyport/protocol'
import type { Encoding, Served } from './compile.js'
import { readCookie } from './cookies.js'
import { parseForm } from './form.js'
import { assertStorable, parseJson } from './json.js'
import { WireFailure } from './wire-failure.js'

export type Members = Readonly<Record<string, unknown>>

const longestDeviceToken = 256
const mediaType = /^([^;\s]+)[ \t]*((?:;[ \t]*[^;]*)*)$/
const types: Record<Exclude<Encoding, 'any'>, string> = {
  json: 'application/json',
  'merge-patch': 'application/merge-patch+json',
  form: 'application/x-www-form-urlencoded',
}

/**
 * The members of a body; none where it is empty. Throws `unsupported_media_type`, `invalid_json`, and
 * `invalid_request` for JSON that is no object or a broken form.
 */
export function decodeBody(
  accept: readonly Encoding[],
  headers: IncomingHttpHeaders,
  bytes: Buffer | undefined,
): Members {
  if (bytes === undefined || bytes.length === 0) return {}
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw fail('unsupported_media_type', { detail: 'Bodies are taken without a content encoding.' })
  if (chooseEncoding(accept, headers['content-type']) === 'form') return parseForm(bytes)
  const body = parseJson(bytes)
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new WireFailure([{ path: [], code: 'type', detail: 'must be an object' }])
  return body as Members
}

function chooseEncoding(accept: readonly Encoding[], contentType: string | undefined): Encoding {
  if (contentType === 'application/json' && accept[0] === 'json') return 'json'
  const match = mediaType.exec(contentType ?? '')
  const type = match?.[1]?.toLowerCase()
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(match?.[2] ?? '')?.[1]?.toLowerCase()
  if (charset === undefined || charset === 'utf-8' || charset === 'utf8')
    for (const encoding of accept) if (encoding !== 'any' && types[encoding] === type) return encoding
  if (accept.includes('any')) return 'any'
  const expected = accept.map((encoding) => types[encoding as keyof typeof types]).join(' or ')
  throw fail('unsupported_media_type', { detail: `Send ${expected}, in UTF-8.` })
}

/** The canonical input of a request, with what could not be read. */
export function readInput(
  served: Served,
  body: Members,
  query: Members,
  params: Members,
  cookies: string,
): { input: Record<string, unknown>; problems: FieldProblem[] } {
  const input: Record<string, unknown> = {}
  const problems: FieldProblem[] = []
  for (const { canonical, names, from, codec, only } of served.fields) {
    const place = from === 'body' ? body : from === 'query' ? query : params
    const name = names.find((candidate) => Object.hasOwn(place, candidate))
    if (name === undefined) continue
    const sent = place[name]
    if (from === 'path') {
      if (sent === '') throw fail('not_found')
      assertStorable(sent as string, [name])
    }
    const value = codec === undefined ? sent : decoders[codec](sent)
    if (value === undefined) problems.push({ path: [canonical], code: 'base64', detail: 'must be base64' })
    else input[canonical] = value
    if (only !== undefined && typeof value === 'string' && !only.includes(value))
      problems.push({ path: [canonical], code: 'not_allowed', detail: `must be one of ${only.join(', ')}` })
  }
  if (served.deviceCookie !== undefined && input.device_token === undefined) {
    const kept = readCookie(cookies, served.deviceCookie)
    // A cookie that cannot be one of ours is none: nobody is locked out by what a browser keeps.
    if (kept !== undefined && kept.length <= longestDeviceToken) input.device_token = kept
  }
  if (served.fixed !== undefined) Object.assign(input, served.fixed)
  return { input, problems }
}

/** Refused members that were sent nevertheless. Throws `invalid_request` that names each. */
export function assertNothingRefused(served: Served, body: Members): void {
  const sent = served.refused.filter(({ name }) => Object.hasOwn(body, name))
  if (sent.length > 0)
    throw new WireFailure(
      sent.map(({ name, sentence }) => ({ path: [name], code: 'refused', detail: sentence })),
    )
}

/** Undefined where the codec cannot read it; a number or truth value that is none is left for the schema to refuse. */
const decoders: Record<InCodec, (sent: unknown) => unknown> = {
  integer: (sent) => (typeof sent === 'string' && /^-?\d{1,15}$/.test(sent) ? Number(sent) : sent),
  boolean: (sent) => (sent === 'true' ? true : sent === 'false' ? false : sent),
  base64: (sent) => (typeof sent === 'string' ? decodeBase64(sent) : sent),
}

/** RFC 4648 section 4, padding optional; the bytes are UTF-8, or Latin-1 as browsers' `btoa` writes it. */
function decodeBase64(text: string): string | undefined {
  const bare = text.replace(/={1,2}$/, '')
  if (bare.length !== text.length && text.length % 4 !== 0) return undefined
  const bytes = Buffer.from(bare, 'base64')
  if (!/^[A-Za-z0-9+/]*$/.test(bare) || bytes.toString('base64').replace(/=+$/, '') !== bare) return undefined
  const decoded = bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1')
  return decoded.includes('\0') ? undefined : decoded
}
