// The one client of this page, and the two places where one wire differs from another.
import { createSallyport, native } from '@sallyport/client'
import { starifoto } from '@sallyport/client/starifoto'

const { VITE_ISSUER: issuer = 'http://localhost:4400', VITE_CONTRACT: contract = 'native' } = import.meta.env

export const wire = {
  native: {
    endpoints: native,
    me: `${issuer}/v1/me`,
    username: false,
    nameOf: (user) => user.name ?? user.email,
  },
  starifoto: {
    endpoints: starifoto,
    me: `${issuer}/api/user/me`,
    username: true,
    nameOf: (user) => user.username,
  },
}[contract]

// The access token stays in this page's memory, the refresh token in a cookie that no script can read.
export const sallyport = createSallyport({ issuer, endpoints: wire.endpoints, mode: 'cookie' })
