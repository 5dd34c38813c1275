// A wire contract with tokens of its own for tests, made of data: every failure says its code and its shade.
import type { Contract, Route, Says, TokenSource } from '@sallyport/protocol'
import type { Answer, Browser } from './browser.js'
import type { Sallyport } from './sallyport.js'

const access: TokenSource[] = [{ from: 'bearer', kind: 'access' }]
const refresh: TokenSource[] = [{ from: 'bearer', kind: 'refresh' }]
const pair = { access: '$access_token', refresh: '$refresh_token', who: '$user', session: '$session_id' }
const first = { when: 'next', reply: { status: 202 } }
const errors = Object.fromEntries(
  [
    'access_token_invalid:kind',
    'refresh_token_invalid:kind',
    'session_ended:user',
    'session_ended:replaced',
  ].map((told) => [told, { words: { shade: told.split(':')[1]! } }]),
) as Says

/** HS512 with a secret for each kind, unless `change` says otherwise. Paths begin with the name. */
export function foreign(name: string, change: Partial<Contract> = {}): Contract {
  const on = (method: string, path: string) => `${method} /${name}${path}`
  return {
    name,
    title: name,
    transport: { default: 'body', allow: ['body'] },
    cookies: {},
    origin: 'strict',
    lifetimes: { access: 300, idle: 86_400, absolute: 864_000, grace: 0 },
    longestAccess: 300,
    type: 'JWT',
    tokens: {
      algorithm: 'HS512',
      keys: 'per-kind',
      access: { claims: { sub: '$email', scope: 'ACCESS', user_id: '$id', uuid: '$jti' } },
      refresh: { claims: { sub: '$email', scope: 'REFRESH' } },
    },
    user: {
      id: '$id',
      email: '$email',
      number: '$number',
      object: '$object_id',
      roles: '$roles',
      made: '$provider',
    },
    error: { contentType: 'application/json', body: { why: '$code', shade: '$say.shade' } },
    errors,
    routes: [...routesOf(on), ...administration(on)],
    ...change,
  }
}

type On = (method: string, path: string) => string

const routesOf = (on: On): Route[] => [
  { operation: 'signup', on: on('POST', '/join'), reply: { status: 200, body: pair }, instead: [first] },
  { operation: 'login', on: on('POST', '/login'), reply: { status: 200, body: pair } },
  { operation: 'refresh', on: on('POST', '/refresh'), tokens: refresh, reply: { status: 200, body: pair } },
  { operation: 'logout', on: on('POST', '/out'), tokens: [...access, ...refresh], reply: { status: 200 } },
  {
    operation: 'logout',
    on: on('POST', '/strict'),
    tokens: access,
    strict: true,
    reply: { status: 200 },
  },
  {
    operation: 'logout',
    on: on('POST', '/either'),
    tokens: [...refresh, ...access],
    strict: true,
    reply: { status: 200 },
  },
  { operation: 'profile.get', on: on('GET', '/me'), tokens: access, reply: { status: 200, body: '$user' } },
  { operation: 'profile.delete', on: on('DELETE', '/me'), tokens: access, reply: { status: 200 } },
]

const administration = (on: On): Route[] => [
  {
    operation: 'users.list',
    on: on('GET', '/users'),
    tokens: access,
    reply: { status: 200, body: { $each: '$items', as: '$' } },
  },
  { operation: 'users.create', on: on('POST', '/users'), tokens: access, reply: shown },
  { operation: 'users.get', on: on('GET', '/users/:id'), tokens: access, input: id, reply: shown },
  { operation: 'users.update', on: on('PATCH', '/users/:id'), tokens: access, input: id, reply: shown },
  { operation: 'users.edit', on: on('PATCH', '/people/:id'), tokens: access, input: id, reply: shown },
  {
    operation: 'users.disable',
    on: on('POST', '/users/:id/disable'),
    tokens: access,
    input: id,
    reply: shown,
  },
]

const id = { id: { names: ['id'], from: 'path' as const } }
const shown = { status: 200, body: '$user' }

/** `200`, or status, code and shade. */
export function why({ status, json }: Answer): string {
  return status < 400 ? String(status) : [status, json.why, json.shade].filter((part) => part).join(' ')
}

/** What a log-in on such a contract answered, and how its tokens are used. */
export interface Signed {
  readonly email: string
  readonly access: string
  readonly refresh: string
  readonly session: string
  readonly who: { readonly id: string; readonly number?: number; readonly object: string }
}

const password = 'correct horse battery'
let people = 0

/** Somebody new on the contract. */
export async function join(sallyport: Sallyport, name: string): Promise<Signed> {
  people += 1
  const email = `person${people}@example.com`
  const answer = await sallyport.browser().post(`/${name}/join`, { email, password })
  if (answer.status !== 200) throw new Error(`sign-up answered ${answer.status}: ${answer.text}`)
  return { ...answer.json, email }
}

/** Signs in again. */
export async function enter(sallyport: Sallyport, name: string, email: string): Promise<Signed> {
  const answer = await sallyport.browser().post(`/${name}/login`, { identifier: email, password })
  if (answer.status !== 200) throw new Error(`log-in answered ${answer.status}: ${answer.text}`)
  return { ...answer.json, email }
}

/** A client that sends this token, whichever it is. */
export const by = (sallyport: Sallyport, token: string): Browser => sallyport.as({ access_token: token })
