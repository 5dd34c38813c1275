// Every call to the gateway goes through here. The gateway answers 403 when the access cookie is missing or too old: then
// the pair is refreshed, whoever else asks meanwhile waits for the same refresh, and the call is made again. When the
// refresh fails as well, the user is signed out.
import { read, request } from './http.js'

/** Calls that are their own answer: repeating them would help nobody. */
const unrepeated = ['/api/auth/login', '/api/auth/google', '/api/auth/refresh', '/api/auth/logout']

/**
 * @param {object} options
 * @param {string} options.baseUrl of the gateway, such as http://localhost:8081
 * @param {typeof globalThis.fetch} [options.fetch]
 * @param {() => void} [options.onSignedOut] called when nothing but a new log-in helps
 */
export function createApi({ baseUrl, fetch = globalThis.fetch, onSignedOut = () => {} }) {
  let refreshing
  let refreshed = 0

  async function refresh() {
    const response = await fetch(`${baseUrl}/api/auth/refresh`, request('POST'))
    refreshed += 1
    return response.ok
  }

  const refreshOnce = () => {
    refreshing ??= refresh().finally(() => {
      refreshing = undefined
    })
    return refreshing
  }

  return async (method, path, body) => {
    for (let repeats = 0; ; repeats++) {
      const before = refreshed
      const response = await fetch(baseUrl + path, request(method, body))
      if (response.status !== 403 || unrepeated.includes(path) || repeats === 2) return read(response)
      // A refresh that another call asked for while this one was under way is good for this one too. The late 403 of
      // such a call clears the access cookie once more; therefore a second repeat.
      if (refreshed === before && !(await refreshOnce())) {
        onSignedOut()
        return read(response)
      }
    }
  }
}
