// A request of a transcript as it goes over the wire: references filled, cookies of its client added, body encoded.
import type { Request } from '../transcript.js'
import type { Jar } from './cookies.js'
import { fill, fillText, type Values } from './fill.js'

export interface WireRequest {
  readonly method: string
  /** With its query. */
  readonly path: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

const boundary = 'transcript-7f3a9c'

/** Throws UnknownValue. */
export function wireRequest(request: Request, values: Values, jar: Jar): WireRequest {
  const [method = 'GET', path = '/'] = fillText(request.send, values).split(' ')
  const body = bodyOf(request, values)
  const own = Object.entries(request.headers ?? {}).map(([name, value]) => [
    name.toLowerCase(),
    fillText(value, values),
  ])
  const cookie = cookieOf(request, values) ?? jar.header(path.split('?')[0]!)
  const headers = {
    ...(body && { 'content-type': body.type }),
    ...(cookie !== '' && { cookie }),
    ...(request.bearer !== undefined && { authorization: `Bearer ${fillText(request.bearer, values)}` }),
    ...Object.fromEntries(own),
  }
  return { method, path, headers, ...(body && { body: body.text }) }
}

function cookieOf({ cookies }: Request, values: Values): string | undefined {
  if (!cookies) return undefined
  return Object.entries(fill(cookies, values))
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')
}

function bodyOf(
  { json, form, multipart, raw }: Request,
  values: Values,
): { type: string; text: string } | undefined {
  if (json !== undefined) return { type: 'application/json', text: JSON.stringify(fill(json, values)) }
  if (form) return { type: 'application/x-www-form-urlencoded', text: formOf(fill(form, values)) }
  if (multipart)
    return { type: `multipart/form-data; boundary=${boundary}`, text: partsOf(fill(multipart, values)) }
  return raw === undefined ? undefined : { type: 'application/json', text: fillText(raw, values) }
}

type Fields = Readonly<Record<string, string>>

const formOf = (fields: Fields) =>
  Object.entries(fields)
    .map(([name, value]) => `${encode(name)}=${encode(String(value))}`)
    .join('&')
const encode = (text: string) => encodeURIComponent(text).replaceAll('%20', '+')

/** RFC 7578. */
const partsOf = (fields: Fields) =>
  [
    ...Object.entries(fields).map(
      ([name, value]) =>
        `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    ),
    `--${boundary}--\r\n`,
  ].join('')
