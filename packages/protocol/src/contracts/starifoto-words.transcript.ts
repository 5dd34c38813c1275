// What the scenes of StariFoto's transcript share: its requests, and what its answers look like.
import type { Exchange, Expectation, ExpectedCookie, Matcher, Step, Value } from '../transcript.js'

export const who: Readonly<Record<string, Value>> = {
  email: 'ada-${unique}@example.com',
  password: 'a door behind the ivy',
  wrong: 'a door behind the rose',
}
const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  415: 'Unsupported Media Type',
  418: "I'm a teapot",
  429: 'Too Many Requests',
}
type More = Pick<Expectation, 'headers' | 'cookies'>
export const refused = (status: number, message: Matcher, more: More = {}): Expectation => ({
  status,
  ...more,
  body: {
    $exactly: { timestamp: '$time', status, error: reasons[status]!, message, path: { $match: '^/api/' } },
  },
})

const cookie = (value: Matcher, age: number): ExpectedCookie => ({
  value,
  attributes: {
    'Max-Age': age === 0 ? 0 : { $left: age },
    Path: '/',
    SameSite: 'Lax',
    HttpOnly: true,
    Secure: 'https',
  },
})
export const cleared = { accessToken: cookie('', 0), refreshToken: cookie('', 0) }

export const user: { readonly [member: string]: Matcher } = {
  id: '$integer',
  username: 'Ada',
  email: '${email}',
  provider: 'LOCAL',
  roles: [{ id: 1, name: 'User' }],
  hasPassword: true,
  isEnabled: true,
  createdAt: '$time',
}
export const accessToken = (privileges: readonly string[]): Matcher => ({
  $jwt: {
    header: { alg: 'HS512' },
    claims: {
      iss: 'photomap',
      sub: '${email}',
      scope: 'ACCESS_TOKEN',
      privileges: [...privileges],
      user_id: '$integer',
      iat: '$integer',
      jti: '$text',
      sid: '$text',
    },
    lifetime: 86_400,
  },
})
const refreshToken: Matcher = {
  $jwt: {
    header: { alg: 'HS512' },
    claims: { iss: 'photomap', sub: '${email}', scope: 'REFRESH_TOKEN', user_id: '$absent' },
    lifetime: 604_800,
  },
}
/** AUTH of the description: both tokens in the body and in cookies, and what is left of them in milliseconds. */
export const signedIn: Expectation = {
  status: 200,
  headers: { 'cache-control': 'no-store' },
  body: {
    $exactly: {
      user: { $exactly: user },
      accessToken: accessToken(['ROLE_USER']),
      expiresIn: { $integer: { from: 1, to: 86_400_000 } },
      refreshToken,
      refreshTokenExpiresIn: { $integer: { from: 86_400_001, to: 604_800_000 } },
    },
  },
  cookies: { accessToken: cookie('$jwt', 86_400), refreshToken: cookie('$jwt', 604_800) },
  lacks: ['${password}', '${password|base64}'],
}
/** The same with less looked at. */
export const renewed: Expectation = {
  status: 200,
  body: { accessToken: '$jwt', refreshToken: { $not: '${refresh}' }, user: { email: '${email}' } },
  cookies: { accessToken: cookie('$jwt', 86_400), refreshToken: cookie({ $not: '${refresh}' }, 604_800) },
}
export const tokens = { access: '/accessToken', refresh: '/refreshToken', id: '/user/id' }

export const done: Expectation = { status: 200 }
export const changed: Expectation = { status: 204 }
export const failure = 'Failed to authenticate. Token is invalid or expired.'
/** The access cookie goes, the other one stays: with it the client gets a new pair. */
export const failed = refused(403, failure, { cookies: { accessToken: cleared.accessToken } })
export const failedForGood = refused(403, failure, { cookies: cleared })
export const denied = refused(403, 'Access Denied')

const account = { username: 'Ada', email: '${email}', password: '${password|base64}' }
export const signUp = { send: 'POST /api/auth/sign-up', json: account }
export const logIn = {
  send: 'POST /api/auth/login',
  json: { email: '${email}', password: '${password|base64}' },
}
export const me = { send: 'GET /api/user/me' }
export const mine: Expectation = { status: 200, body: { $exactly: user } }
export const refresh = { send: 'POST /api/auth/refresh' }
export const mailed: Step = {
  mail: { to: '${email}', save: { token: '/confirm-email\\?token=([\\w.~-]+)' } },
}
export const confirm: Exchange = {
  send: 'POST /api/auth/email/confirm',
  json: { token: '${token}' },
  expect: done,
}
export const wrongPassword: Exchange = {
  ...logIn,
  json: { email: '${email}', password: '${wrong|base64}' },
  expect: refused(403, 'Authentication failed'),
}

/** Somebody who has an account and a proven address. */
export const known: readonly Step[] = [{ ...signUp, expect: done }, mailed, confirm]
/** The same, signed in; `access`, `refresh` and `id` are theirs. */
export const inside: readonly Step[] = [...known, { ...logIn, expect: signedIn, save: tokens }]
