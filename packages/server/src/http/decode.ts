// From bytes to canonical input: encoding by content type, wire members by the route's fields, codecs, refused members.
// Types are not judged here; the operation's schema does that afterwards.
import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders } from 'node:http'
import { type FieldProblem, fail, type InCodec } from '@sallyport/protocol'
import type { Encoding, Served } from './compile.js'
import { readCookie } from './cookies.js'
import type { Field } from './fields.js'
import { parseForm } from './form.js'
import { assertStorable, parseJson } from './json.js'
import { parseMultipart } from './multipart.js'
import { WireFailure } from './wire-failure.js'

export type Members = Readonly<Record<string, unknown>>

const longestDeviceToken = 256
const mediaType = /^([^;\s]+)[ \t]*((?:;[ \t]*[^;]*)*)$/
const types: Record<Exclude<Encoding, 'any'>, string> = {
  json: 'application/json',
  'merge-patch': 'application/merge-patch+json',
  form: 'application/x-www-form-urlencoded',
  multipart: 'multipart/form-data',
}

/**
 * The members of a body; none where it is empty. Throws `unsupported_media_type`, `invalid_json`, and
 * `invalid_request` for JSON that is no object or a broken form.
 */
export function decodeBody(
  accept: readonly Encoding[],
  headers: IncomingHttpHeaders,
  bytes: Buffer | undefined,
): Members | Promise<Members> {
  if (bytes === undefined || bytes.length === 0) return {}
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw fail('unsupported_media_type', { detail: 'Bodies are taken without a content encoding.' })
  const chosen = chooseEncoding(accept, headers['content-type'])
  if (chosen === 'form') return parseForm(bytes)
  if (chosen === 'multipart') return parseMultipart(bytes, headers['content-type'] as string)
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
  for (const field of served.fields) {
    const { canonical, names, from, codec, only, rules } = field
    const place = from === 'body' ? body : from === 'query' ? query : params
    const name = names.find((candidate) => Object.hasOwn(place, candidate))
    if (name === undefined) {
      if (rules?.required) problems.push({ path: [canonical], code: 'required', detail: 'must be given' })
      continue
    }
    const sent = place[name]
    if (from === 'path') {
      if (sent === '') throw fail('not_found')
      assertStorable(sent as string, [name])
    }
    const value = codec === undefined ? sent : decode(field, codec, sent, problems)
    if (value !== undefined) input[canonical] = value
    if (rules !== undefined) judge(field, value, sent, place, problems)
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

/** The value behind a codec; undefined where there is none, which is a problem or nothing sent. */
function decode(field: Field, codec: InCodec, sent: unknown, problems: FieldProblem[]): unknown {
  const { canonical, roles, rules } = field
  if (codec === 'emptied') return sent === '' ? null : sent
  if (codec === 'empty') {
    if (sent !== '' && sent !== null) return sent
    if (rules?.required) problems.push({ path: [canonical], code: 'required', detail: 'must be given' })
    return undefined
  }
  if (codec === 'roles' || codec === 'role') {
    const listed = codec === 'role' ? [sent] : sent
    if (!Array.isArray(listed)) return sent
    const entries = listed.map((one) => roles?.get(one))
    if (!entries.includes(undefined)) return [...new Set(entries.flatMap((entry) => entry?.role ?? []))]
    problems.push({ path: [canonical], code: 'not_allowed', detail: 'names a role that is not known here' })
    return undefined
  }
  const value = decoders[codec](sent)
  if (value === undefined) problems.push({ path: [canonical], code: 'base64', detail: 'must be base64' })
  return value
}

/** What the contract asks beyond the operation. Lengths are counted in characters (code points), or items as sent. */
function judge(
  { canonical, rules }: Field,
  value: unknown,
  sent: unknown,
  place: Members,
  problems: FieldProblem[],
): void {
  const { min, max, pattern, repeats } = rules as NonNullable<Field['rules']>
  const tell = (code: string, detail: string) => problems.push({ path: [canonical], code, detail })
  const items = Array.isArray(sent) && value !== undefined ? sent.length : undefined
  const length = typeof value === 'string' ? [...value].length : items
  if (length !== undefined) {
    const what = items === undefined ? 'characters' : 'items'
    if (min !== undefined && length < min)
      tell('too_short', min === 1 ? 'must not be empty' : `must have at least ${min} ${what}`)
    else if (max !== undefined && length > max) tell('too_long', `must have at most ${max} ${what}`)
    else if (typeof value === 'string' && pattern?.test(value) === false)
      tell('pattern', 'does not have the right form')
  }
  if (repeats !== undefined && Object.hasOwn(place, repeats) && place[repeats] !== value)
    tell('repeated', `must be the same as ${repeats}`)
}

/** Undefined where the codec cannot read it; a number or truth value that is none is left for the schema to refuse. */
const decoders: Record<'integer' | 'boolean' | 'base64', (sent: unknown) => unknown> = {
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
