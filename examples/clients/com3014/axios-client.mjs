// A client of com3014_auth as teams write one with axios and axios-auth-refresh: the token is put into every request, a
// 401 refreshes once for all requests that wait, and the request is sent again. The refresh itself is not intercepted.
import axios from 'axios'
import { createAuthRefresh } from 'axios-auth-refresh'

const items = ['access_token', 'refresh_token', 'user_id']

/**
 * @param {string} base such as `http://localhost:5000`
 * @param {{ getItem(name: string): string | null, setItem(name: string, value: string): void,
 *   removeItem(name: string): void }} storage `localStorage`
 * @param {typeof fetch} [fetch]
 */
export function createClient(base, storage, fetch = globalThis.fetch) {
  const http = axios.create({ baseURL: base, adapter: 'fetch', env: { fetch } })
  const keep = ({ data }) => {
    for (const item of items) if (data[item] !== undefined) storage.setItem(item, data[item])
    return data
  }
  const forget = () => {
    for (const item of items) storage.removeItem(item)
  }

  http.interceptors.request.use((request) => {
    request.headers.Authorization ??= `Bearer ${storage.getItem('access_token')}`
    return request
  })
  createAuthRefresh(http, async ({ response }) => {
    try {
      const headers = { Authorization: `Bearer ${storage.getItem('refresh_token')}` }
      keep(await http.post('/auth/refresh', {}, { headers, skipAuthRefresh: true }))
    } catch (error) {
      forget()
      throw error
    }
    response.config.headers.Authorization = `Bearer ${storage.getItem('access_token')}`
  })

  const enter = (path) => async (email, password) =>
    keep(await http.post(path, { email, password }, { skipAuthRefresh: true }))
  return {
    userId: () => storage.getItem('user_id'),
    signUp: enter('/auth/signup'),
    logIn: enter('/auth/login'),
    logOut: async () => {
      await http.post('/auth/logout', {})
      forget()
    },
  }
}
