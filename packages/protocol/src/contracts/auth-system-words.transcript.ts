// What the scenes of Auth-system's transcript share: its requests, and what its answers look like.
import type { Exchange, Expectation, ExpectedCookie, Matcher, Step, Value } from '../transcript.js'

export const who: Readonly<Record<string, Value>> = {
  email: 'ada-${unique}@example.com',
  password: 'a door behind the ivy',
  wrong: 'a door behind the rose',
}
type More = Pick<Expectation, 'headers' | 'cookies'>
/** Every 401 says how one gets in. */
export const refused = (status: number, detail: Matcher, { headers, cookies }: More = {}): Expectation => ({
  status,
  headers: { 'www-authenticate': status === 401 ? 'Bearer' : '$absent', ...headers },
  ...(cookies && { cookies }),
  body: { $exactly: { detail } },
})
/** FastAPI's list: what is wrong with which members. */
export const wrong = (...names: readonly string[]): Expectation => wrongIn('body', ...names)
export const wrongIn = (from: string, ...names: readonly string[]): Expectation =>
  refused(
    422,
    names.map((name) => ({ loc: [from, name], msg: '$text', type: '$text' })),
  )

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
export const cleared = { access_token: cookie('', 0), refresh_token: cookie('', 0) }

const token = (kind: 'access' | 'refresh', lifetime: number): Matcher => ({
  $jwt: {
    header: { alg: 'HS256' },
    claims: { sub: '${email}', typ: kind, jti: '$text', sid: '$text' },
    lifetime,
  },
})
const bothCookies = {
  access_token: cookie(token('access', 300), 300),
  refresh_token: cookie(token('refresh', 86_400), 86_400),
}
export const signedIn: Expectation = {
  status: 200,
  headers: { 'cache-control': 'no-store' },
  body: {
    $exactly: {
      access_token: token('access', 300),
      refresh_token: token('refresh', 86_400),
      token_type: 'bearer',
    },
  },
  cookies: bothCookies,
  lacks: ['${password}'],
}
export const signedInByCookie: Expectation = {
  status: 200,
  body: { $exactly: { token_type: 'bearer' } },
  cookies: bothCookies,
}
export const renewed: Expectation = {
  status: 200,
  headers: { 'cache-control': 'no-store' },
  body: {
    $exactly: {
      access_token: { $not: '${access}' },
      refresh_token: { $not: '${refresh}' },
      token_type: 'bearer',
    },
  },
  cookies: bothCookies,
}
export const tokens = { access: '/access_token', refresh: '/refresh_token' }
export const done: Expectation = { status: 204 }

export const unknown = refused(401, 'Could not validate credentials')
export const wrongLogIn = refused(401, 'Incorrect username or password')
export const different = refused(400, 'Token is different')
export const denied = refused(403, 'Not enough permissions')
export const taken = refused(400, 'User with this email already exist')

export const register = {
  send: 'POST /register',
  json: { email: '${email}', password: '${password}', password2: '${password}', name: 'Ada' },
}
export const registered: Expectation = {
  status: 200,
  body: { $exactly: { email: '${email}', name: 'Ada', is_active: false } },
  lacks: ['${password}'],
}
export const credentials = { username: '${email}', password: '${password}' }
export const logIn = { send: 'POST /token', form: credentials }
export const profile = { send: 'GET /profile' }
export const user: { readonly [member: string]: Matcher } = {
  id: '$integer',
  email: '${email}',
  name: 'Ada',
  is_active: true,
  role: 'user',
  phone_verified: false,
}
export const mine: Expectation = { status: 200, body: { $exactly: user } }
export const mailed: Step = {
  mail: {
    to: '${email}',
    save: { link: '/email-verify\\?token=([\\w.~-]+)', code: '\\b([A-Z0-9]{4}-?[A-Z0-9]{4})\\b' },
  },
}
export const verify: Exchange = {
  send: 'POST /register-verify',
  json: { email: '${email}', access_token: '${link}', token_type: 'bearer' },
  expect: { status: 200, body: { $exactly: { email: '${email}', is_active: true } } },
}
export const refresh = { send: 'POST /refresh', json: { refresh_token: '${refresh}' } }
export const refreshByForm = {
  send: 'POST /token',
  form: { grant_type: 'refresh_token', refresh_token: '${refresh}' },
}

/** Somebody who has an account and a proven address. */
export const known: readonly Step[] = [{ ...register, expect: registered }, mailed, verify]
/** The same, signed in; `access`, `refresh` and `id` are theirs. */
export const inside: readonly Step[] = [
  ...known,
  { ...logIn, expect: signedIn, save: tokens },
  { ...profile, expect: mine, save: { id: '/id' } },
]
