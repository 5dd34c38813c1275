// Calls to the API. Both tokens lie in localStorage, shared by all tabs; the access token goes along as `bearer`. When it
// has expired the API answers 401: then this tab trades the refresh token once, for all its calls that wait, and calls
// again with what it got. Another tab may have been faster; then its newer token is used and nothing is traded.

const accessKey = 'access-token'
const refreshKey = 'refresh-token'

export class ApiError extends Error {
  constructor(status, detail) {
    super(typeof detail === 'string' ? detail : (detail ?? []).map(({ msg }) => msg).join('. '))
    this.name = 'ApiError'
    this.status = status
    this.detail = detail
  }
}

/**
 * @param {object} options
 * @param {string} options.baseUrl of the API, such as http://localhost:8000
 * @param {typeof globalThis.fetch} [options.fetch]
 * @param {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>} options.storage localStorage
 */
export function createApi({ baseUrl, fetch = globalThis.fetch, storage }) {
  let trading

  const keep = ({ access_token: access, refresh_token: refresh }) => {
    storage.setItem(accessKey, access)
    storage.setItem(refreshKey, refresh)
  }
  const forget = () => {
    storage.removeItem(accessKey)
    storage.removeItem(refreshKey)
  }

  function send(method, path, body, token) {
    const isForm = body instanceof FormData
    return fetch(`${baseUrl}${path}`, {
      method,
      headers: {
        ...(token && { Authorization: `bearer ${token}` }),
        // For a form the browser writes the type itself, with its boundary.
        ...(body !== undefined && !isForm && { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
    })
  }

  async function trade() {
    const response = await send(
      'POST',
      '/token',
      formOf({ grant_type: 'refresh_token', refresh_token: storage.getItem(refreshKey) }),
    )
    if (!response.ok) forget()
    else keep(await response.json())
    return response.ok
  }

  /** A call in the name of whoever is signed in. */
  async function call(method, path, body) {
    const used = storage.getItem(accessKey)
    const response = await send(method, path, body, used)
    if (response.status !== 401 || used === null) return read(response)
    if (storage.getItem(accessKey) === used) {
      trading ??= trade().finally(() => {
        trading = undefined
      })
      if (!(await trading)) return read(response)
    }
    return read(await send(method, path, body, storage.getItem(accessKey)))
  }

  return {
    call,
    /** A call in nobody's name. */
    ask: async (method, path, body) => read(await send(method, path, body)),
    keep,
    forget,
    isSignedIn: () => storage.getItem(accessKey) !== null,
  }
}

/** As a form of a page sends it: multipart/form-data. */
export function formOf(fields) {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  return form
}

async function read(response) {
  const text = await response.text()
  const body = text === '' ? undefined : JSON.parse(text)
  if (!response.ok) throw new ApiError(response.status, body?.detail)
  return body
}
