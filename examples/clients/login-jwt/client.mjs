// A client of the two JWT LOGIN services, for browsers and for Node: tokens in a storage that all tabs share, a Bearer
// token with every request, and one refresh when the access token has run out.

/** An answer that is not 2xx. */
export class RequestFailed extends Error {
  constructor(status, message) {
    super(message)
    this.status = status
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
  const send = async (method, path, { body, token } = {}) => {
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

  // The services call a token by two names, depending on who answers.
  const keep = ({ acc_token, ref_token, access_token = acc_token, refresh_token = ref_token }) => {
    storage.setItem('access_token', access_token)
    storage.setItem('refresh_token', refresh_token)
  }
  const forget = () => {
    storage.removeItem('access_token')
    storage.removeItem('refresh_token')
  }

  /** One tab refreshes; the others wait and find its tokens. */
  const refresh = (stale) =>
    locks.request('refresh', async () => {
      if (storage.getItem('access_token') !== stale) return
      try {
        keep(
          await send('POST', '/refresh/token', { body: { refresh_token: storage.getItem('refresh_token') } }),
        )
      } catch (error) {
        if (error.status === 401 || error.status === 422) forget()
        throw error
      }
    })

  const authorized = async (method, path, body) => {
    const token = storage.getItem('access_token')
    if (token === null) throw new RequestFailed(401, 'Unauthorized')
    try {
      return await send(method, path, { body, token })
    } catch (error) {
      if (error.status !== 401) throw error
      await refresh(token)
      return send(method, path, { body, token: storage.getItem('access_token') })
    }
  }

  return {
    isLoggedIn: () => storage.getItem('access_token') !== null,
    signUp: (username, password) => send('POST', '/signup', { body: { username, password } }),
    logIn: async (username, password) => keep(await send('POST', '/login', { body: { username, password } })),
    profile: async () => {
      const {
        userid,
        user_id = userid,
        pict_link,
        picture_link = pict_link,
        ...rest
      } = await authorized('GET', '/profile')
      return { ...rest, user_id, picture_link }
    },
    changeProfile: (changes) => authorized('POST', '/profile', changes),
    logOut: async () => {
      await authorized('POST', '/logout')
      forget()
    },
  }
}
