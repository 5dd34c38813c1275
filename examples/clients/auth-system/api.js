// Calls to the API. The access token goes along as `bearer`. When it has expired the API answers 401: then this tab trades
// the refresh token once, for all its calls that wait, and calls again with what it got. Another tab may have been faster;
// then its newer token is used and nothing is traded.
import { formOf, read, request } from './http.js'
import { createTokens } from './tokens.js'

/**
 * @param {object} options
 * @param {string} options.baseUrl of the API, such as http://localhost:8000
 * @param {typeof globalThis.fetch} [options.fetch]
 * @param {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>} options.storage localStorage
 */
export function createApi({ baseUrl, fetch = globalThis.fetch, storage }) {
  const tokens = createTokens(storage)
  let trading

  async function trade() {
    const form = formOf({ grant_type: 'refresh_token', refresh_token: tokens.refresh() })
    const response = await fetch(`${baseUrl}/token`, request('POST', form))
    if (response.ok) tokens.keep(await response.json())
    else tokens.forget()
    return response.ok
  }

  /** A call in the name of whoever is signed in. */
  async function call(method, path, body) {
    const used = tokens.access()
    const response = await fetch(baseUrl + path, request(method, body, used))
    if (response.status !== 401 || used === null) return read(response)
    if (tokens.access() === used) {
      trading ??= trade().finally(() => {
        trading = undefined
      })
      if (!(await trading)) return read(response)
    }
    return read(await fetch(baseUrl + path, request(method, body, tokens.access())))
  }

  /** A call in nobody's name. */
  const ask = async (method, path, body) => read(await fetch(baseUrl + path, request(method, body)))

  return { call, ask, tokens }
}
