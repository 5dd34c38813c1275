// How a request of the front end looks, and what it makes of an answer.

export class ApiError extends Error {
  constructor(status, body) {
    super(body?.message ?? `The server answered ${status}`)
    this.name = 'ApiError'
    this.status = status
    this.body = body
  }
}

/** The options of `fetch`. The tokens are cookies. */
export const request = (method, body) => ({
  method,
  credentials: 'include',
  headers: { accept: 'application/json', ...(body !== undefined && { 'content-type': 'application/json' }) },
  ...(body !== undefined && { body: JSON.stringify(body) }),
})

/** The body of an answer. Throws ApiError. */
export async function read(response) {
  const text = await response.text()
  const body = text === '' ? undefined : JSON.parse(text)
  if (!response.ok) throw new ApiError(response.status, body)
  return body
}
