// A client of the two JWT LOGIN services, for browsers and for Node: tokens in a storage that all tabs share, a Bearer
// token with every request, and one refresh when the access token has run out.

/** An answer that is not 2xx. */
export class RequestFailed extends Error {
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

/** Sends a request of either service and reads what it says. */
const createSender =
  (base, fetch) =>
  async (method, path, { body, token } = {}) => {
    const answer = await fetch(base + path, {
      method,
      headers: {
        ...(body && { 'Content-Type': 'application/json' }),
        ...(token && { Authorization: `Bearer ${token}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const json = await answer.json()
    if (!answer.ok) throw new RequestFailed(answer.status, json.error)
    return json
  }

/** The tokens, in the storage of all tabs. The services call a token by two names, depending on who answers. */
const createTokens = (storage) => ({
  access: () => storage.getItem('access_token'),
  refresh: () => storage.getItem('refresh_token'),
  keep: ({ acc_token, ref_token, access_token = acc_token, refresh_token = ref_token }) => {
    storage.setItem('access_token', access_token)
    storage.setItem('refresh_token', refresh_token)
  },
  forget: () => {
    storage.removeItem('access_token')
    storage.removeItem('refresh_token')
  },
})

/** Sends requests with the access token. One tab refreshes it; the others wait and find the new one. */
const createAuthorized = (send, tokens, locks) => {
  const refresh = (stale) =>
    locks.request('refresh', async () => {
      if (tokens.access() !== stale) return
      try {
        tokens.keep(await send('POST', '/refresh/token', { body: { refresh_token: tokens.refresh() } }))
      } catch (error) {
        if (error.status === 401 || error.status === 422) tokens.forget()
        throw error
      }
    })
  return async (method, path, body) => {
    const token = tokens.access()
    if (token === null) throw new RequestFailed(401, 'Unauthorized')
    try {
      return await send(method, path, { body, token })
    } catch (error) {
      if (error.status !== 401) throw error
      await refresh(token)
      return send(method, path, { body, token: tokens.access() })
    }
  }
}

/**
 * @param {string} base such as `http://localhost`
 * @param {object} browser
 * @param {{ getItem(name: string): string | null, setItem(name: string, value: string): void,
 *   removeItem(name: string): void }} browser.storage `localStorage`
 * @param {{ request<T>(name: string, work: () => Promise<T>): Promise<T> }} browser.locks `navigator.locks`
 * @param {typeof fetch} [browser.fetch]
 */
export function createClient(base, { storage, locks, fetch = globalThis.fetch }) {
  const send = createSender(base, fetch)
  const tokens = createTokens(storage)
  const authorized = createAuthorized(send, tokens, locks)
  return {
    isLoggedIn: () => tokens.access() !== null,
    signUp: (username, password) => send('POST', '/signup', { body: { username, password } }),
    logIn: async (username, password) =>
      tokens.keep(await send('POST', '/login', { body: { username, password } })),
    profile: async () => {
      const profile = await authorized('GET', '/profile')
      const { userid, user_id = userid, pict_link, picture_link = pict_link, ...rest } = profile
      return { ...rest, user_id, picture_link }
    },
    changeProfile: (changes) => authorized('POST', '/profile', changes),
    logOut: async () => {
      await authorized('POST', '/logout')
      tokens.forget()
    },
  }
}
