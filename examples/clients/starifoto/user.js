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
  const forget = () => storage.removeItem(flag)
  const leave = () => {
    forget()
    navigate('/login')
  }
  const call = createApi({ ...options, onSignedOut: leave })
  const remember = ({ user }) => {
    storage.setItem(flag, 'true')
    return user
  }
  return {
    ...account(call),
    logIn: async (email, password) =>
      remember(await call('POST', '/api/auth/login', { email, password: btoa(password) })),
    logInWithGoogle: async (credential) => remember(await call('POST', '/api/auth/google', { credential })),
    /** Called when a page is loaded. */
    restore: async () => {
      if (storage.getItem(flag) === null) return undefined
      try {
        return remember(await call('POST', '/api/auth/refresh'))
      } catch {
        return forget()
      }
    },
    logOut: async () => {
      await call('POST', '/api/auth/logout')
      leave()
    },
  }
}

const account = (call) => ({
  signUp: ({ username, email, password }) =>
    call('POST', '/api/auth/sign-up', { username, email, password: btoa(password) }),
  confirmEmail: (token) => call('POST', '/api/auth/email/confirm', { token }),
  forgotPassword: (email) => call('POST', '/api/auth/password/reset', { email }),
  resetPassword: (token, password) =>
    call('POST', '/api/auth/password/reset/confirm', { token, password: btoa(password) }),
  load: () => call('GET', '/api/user/me'),
  rename: (username) => call('PATCH', '/api/user/me/account', { username }),
  changePassword: (oldPassword, newPassword) =>
    call('PATCH', '/api/user/me/password', {
      oldPassword: btoa(oldPassword),
      newPassword: btoa(newPassword),
    }),
})
