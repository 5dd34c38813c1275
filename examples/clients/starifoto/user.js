// The signed-in user of this tab. Passwords go over the wire in base64. That somebody is signed in is remembered in
// `userLoggedIn`, because the page cannot see the cookies; with it a page that is loaded anew asks for a fresh pair.
import { createApi } from './api.js'

const flag = 'userLoggedIn'

/**
 * @param {object} options as `createApi` takes them, and
 * @param {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>} options.storage localStorage
 * @param {(path: string) => void} options.navigate
 */
export function createUser({ storage, navigate, ...options }) {
  let current

  function forget() {
    current = undefined
    storage.removeItem(flag)
  }

  const api = createApi({
    ...options,
    onSignedOut: () => {
      forget()
      navigate('/login')
    },
  })

  function remember({ user }) {
    current = user
    storage.setItem(flag, 'true')
    return user
  }

  return {
    api,
    get current() {
      return current
    },
    signUp: ({ username, email, password }) =>
      api.post('/api/auth/sign-up', { username, email, password: btoa(password) }),
    confirmEmail: (token) => api.post('/api/auth/email/confirm', { token }),
    logIn: async (email, password) =>
      remember(await api.post('/api/auth/login', { email, password: btoa(password) })),
    logInWithGoogle: async (credential) => remember(await api.post('/api/auth/google', { credential })),
    /** Called when a page is loaded. */
    restore: async () => {
      if (storage.getItem(flag) === null) return undefined
      try {
        return remember(await api.post('/api/auth/refresh'))
      } catch {
        forget()
        return undefined
      }
    },
    load: async () => {
      current = await api.get('/api/user/me')
      return current
    },
    rename: (username) => api.patch('/api/user/me/account', { username }),
    changePassword: (oldPassword, newPassword) =>
      api.patch('/api/user/me/password', { oldPassword: btoa(oldPassword), newPassword: btoa(newPassword) }),
    forgotPassword: (email) => api.post('/api/auth/password/reset', { email }),
    resetPassword: (token, password) =>
      api.post('/api/auth/password/reset/confirm', { token, password: btoa(password) }),
    logOut: async () => {
      await api.post('/api/auth/logout')
      forget()
      navigate('/login')
    },
  }
}
