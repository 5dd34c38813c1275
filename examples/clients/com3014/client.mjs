// A client of com3014_auth as its user interface has one: three items in localStorage, and an interceptor that answers
// every 401 with a refresh and the same request again. It has two habits that the server has to live with: it sends the
// header of a log-out as its body, and its refresh goes through the same interceptor, so that a refresh that is refused
// refreshes again. The second ends when the server says something else than 401.
import { createHttp } from './http.mjs'

/**
 * @param {string} base such as `http://localhost:5000`
 * @param {{ getItem(name: string): string | null, setItem(name: string, value: string): void,
 *   removeItem(name: string): void }} storage `localStorage`
 * @param {typeof fetch} [fetch]
 */
export function createClient(base, storage, fetch) {
  const http = createHttp(base, fetch)
  const bearer = (item) => () => ({ Authorization: `Bearer ${storage.getItem(item)}` })
  const keep = (answer) => {
    for (const item of ['access_token', 'refresh_token', 'user_id'])
      if (answer[item] !== undefined) storage.setItem(item, answer[item])
    return answer
  }
  const forget = () => {
    for (const item of ['access_token', 'refresh_token', 'user_id']) storage.removeItem(item)
  }

  const refresh = async () => keep(await http.post('/auth/refresh', {}, bearer('refresh_token')))
  http.onFailure = async (error) => {
    const isWayIn = error.request.path === '/auth/login' || error.request.path === '/auth/signup'
    if (error.status !== 401 || isWayIn) throw error
    await refresh()
    const { path } = error.request
    return path === '/auth/refresh'
      ? http.repeat(error.request)
      : http.repeat({ ...error.request, headers: bearer('access_token') })
  }

  return {
    userId: () => storage.getItem('user_id'),
    signUp: async (email, password) => keep(await http.post('/auth/signup', { email, password })),
    logIn: async (email, password) => keep(await http.post('/auth/login', { email, password })),
    refresh,
    logOut: async () => {
      try {
        await http.post('/auth/logout', { headers: bearer('access_token')() })
      } finally {
        forget()
      }
    },
  }
}
