// What the pages of the front end do: register, verify, log in, show the profile, log out.
import { createApi } from './api.js'
import { formOf } from './http.js'

/** @param {object} options as `createApi` takes them, and `navigate`, which is given a path */
export function createAuth({ navigate, ...options }) {
  const api = createApi(options)
  return {
    ...entry(api, navigate),
    isSignedIn: () => api.tokens.access() !== null,
    /** The page /profile is for whoever has a token; the token may turn out to be good no more. */
    profile: async () => {
      if (api.tokens.access() === null) {
        navigate('/login')
        return undefined
      }
      try {
        return await api.call('GET', '/profile')
      } catch (error) {
        if (error.status === 401) navigate('/login')
        throw error
      }
    },
    rename: (name) => api.call('PATCH', '/profile', { name }),
    users: (skip = 0, limit = 20) => api.call('GET', `/users?skip=${skip}&limit=${limit}`),
    logOut: async () => {
      await api.call('POST', '/logout')
      api.tokens.forget()
      navigate('/login')
    },
  }
}

/** The pages of those who are not signed in. */
const entry = (api, navigate) => ({
  register: async ({ name, email, password, password2 }) => {
    if (password !== password2) throw new Error('The passwords differ')
    const registered = await api.ask('POST', '/register', { name, email, password, password2 })
    navigate('/email-verify')
    return registered
  },
  verify: async (email, token) => {
    const body = { email, access_token: token, token_type: 'bearer' }
    const verified = await api.ask('POST', '/register-verify', body)
    navigate('/login')
    return verified
  },
  logIn: async (email, password) => {
    api.tokens.keep(await api.ask('POST', '/token', formOf({ username: email, password })))
    navigate('/profile')
  },
})
