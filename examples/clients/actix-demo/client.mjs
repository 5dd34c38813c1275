// A client of the actix demo: the access token lives in memory and is gone with the tab, the refresh token in a cookie
// that the browser keeps and that no script sees. A tab that opens asks for an access token with that cookie.

/** An answer whose `success` is false. */
export class RequestFailed extends Error {
  constructor({ status, content }) {
    super(content.message)
    this.status = status
    this.code = content.error_code
  }
}

/** Sends requests, with the access token where there is one; cookies are the browser's. */
const createSender = (base, fetch, memory) => async (method, path, body) => {
  const answer = await fetch(base + path, {
    method,
    credentials: 'include',
    headers: {
      ...(body && { 'Content-Type': 'application/json' }),
      ...(memory.accessToken && { Authorization: `Bearer ${memory.accessToken}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  const json = await answer.json()
  if (!json.success) throw new RequestFailed(json)
  return json.content
}

/**
 * @param {string} base such as `http://localhost:3001`
 * @param {object} browser
 * @param {typeof fetch} browser.fetch one that keeps cookies
 * @param {{ request<T>(name: string, work: () => Promise<T>): Promise<T> }} browser.locks `navigator.locks`
 */
export function createClient(base, { fetch, locks }) {
  const memory = { accessToken: undefined }
  const send = createSender(base, fetch, memory)
  const enter = async (path, body) => {
    const { user, access_token } = await send('POST', path, body)
    memory.accessToken = access_token
    return user
  }
  /** The cookie is good for one refresh, so tabs take turns. */
  const refresh = () =>
    locks.request('refresh', async () => {
      memory.accessToken = undefined
      memory.accessToken = (await send('GET', '/auth/refreshAccessToken')).access_token
    })
  const authorized = async (method, path) => {
    if (memory.accessToken === undefined) await refresh()
    try {
      return await send(method, path)
    } catch (error) {
      if (error.code !== 'EXPIRED_ACCESS_TOKEN') throw error
      await refresh()
      return send(method, path)
    }
  }
  return {
    register: (username, email, password) => enter('/auth/register', { username, email, password }),
    logIn: (email, password) => enter('/auth/login', { email, password }),
    me: () => authorized('GET', '/auth/me'),
    logOut: async () => {
      await send('POST', '/auth/logout')
      memory.accessToken = undefined
    },
  }
}
