// How a request of the front end looks, and what it makes of an answer.

export class ApiError extends Error {
  constructor(status, detail) {
    super(typeof detail === 'string' ? detail : (detail ?? []).map(({ msg }) => msg).join('. '))
    this.name = 'ApiError'
    this.status = status
    this.detail = detail
  }
}

/** As a form of a page sends it: multipart/form-data. */
export function formOf(fields) {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  return form
}

/** The options of `fetch`. The token is that of whoever is signed in, or nothing. */
export function request(method, body, token) {
  const isForm = body instanceof FormData
  return {
    method,
    headers: {
      ...(token && { Authorization: `bearer ${token}` }),
      // For a form the browser writes the type itself, with its boundary.
      ...(body !== undefined && !isForm && { 'Content-Type': 'application/json' }),
    },
    ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
  }
}

/** The body of an answer. Throws ApiError. */
export async function read(response) {
  const text = await response.text()
  const body = text === '' ? undefined : JSON.parse(text)
  if (!response.ok) throw new ApiError(response.status, body?.detail)
  return body
}
