// Forms and query strings (application/x-www-form-urlencoded), strictly: every percent sign starts a valid octet, the
// octets are UTF-8, and no field stands there twice.
import { isUtf8 } from 'node:buffer'
import type { Members } from './decode.js'
import { assertStorable } from './json.js'
import { WireFailure } from './wire-failure.js'

/** The fields of a form body. Throws `invalid_request`. */
export function parseForm(bytes: Uint8Array): Record<string, string> {
  if (!isUtf8(bytes)) throw new WireFailure([], 'The form is not valid UTF-8.')
  return parseFields(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
}

/** The fields of a query string, given without its question mark. Throws `invalid_request`. */
export function parseFields(text: string): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const pair of text.split('&')) {
    if (pair === '') continue
    const split = pair.indexOf('=')
    const name = decode(split === -1 ? pair : pair.slice(0, split))
    if (Object.hasOwn(fields, name))
      throw new WireFailure([{ path: [name], code: 'repeated', detail: 'must not be sent twice' }])
    const value = split === -1 ? '' : decode(pair.slice(split + 1))
    assertStorable(value, [name])
    if (name !== '__proto__') fields[name] = value
  }
  return fields
}

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    throw new WireFailure([], 'A percent sign does not start a valid octet.')
  }
}

/** The members that are texts. */
export const texts = (members: Members): Record<string, string> =>
  Object.fromEntries(
    Object.entries(members).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
