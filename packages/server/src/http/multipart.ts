// Forms as multipart/form-data (RFC 7578), read by the runtime's own parser: text fields only, none of them twice.
import { assertStorable } from './json.js'
import { WireFailure } from './wire-failure.js'

/** The fields of a multipart body. Throws `invalid_request`, also for a file. */
export async function parseMultipart(bytes: Buffer, contentType: string): Promise<Record<string, string>> {
  const body = new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } })
  const form = await body.formData().catch(() => {
    throw new WireFailure([], 'The form is not valid multipart/form-data.')
  })
  const fields: Record<string, string> = {}
  for (const [name, value] of form) {
    if (typeof value !== 'string')
      throw new WireFailure([{ path: [name], code: 'type', detail: 'must be a text, not a file' }])
    if (Object.hasOwn(fields, name))
      throw new WireFailure([{ path: [name], code: 'repeated', detail: 'must not be sent twice' }])
    assertStorable(value, [name])
    if (name !== '__proto__') fields[name] = value
  }
  return fields
}
