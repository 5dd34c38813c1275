// How a server is spoken to, as data: paths, the names of members, and what an answer means. The native contract is here;
// others lie beside it and are imported by name.
import type { ErrorCode } from './errors.js'

/** An answer that is recognised by its status and one member of its JSON body. A portal's page never is. */
export interface Match {
  readonly status: number
  readonly member: string
  readonly is: readonly string[]
}

export interface Endpoint {
  /** Below the issuer; asked with POST. */
  readonly path: string
  /** Our name of a member → its name on the wire; what is not listed is not sent. */
  readonly members: { readonly [own: string]: string }
  /** Members, by our names, whose UTF-8 bytes are sent in base64. */
  readonly base64?: readonly string[]
  /** Sent besides, by mode. */
  readonly besides?: { readonly [mode in 'cookie' | 'token']?: { readonly [member: string]: string } }
  /** What a status means here, where the body has no code of ours. */
  readonly statuses?: { readonly [status: number]: ErrorCode }
}

export interface Endpoints {
  /** `identifier`, `password`. */
  readonly signIn: Endpoint
  /** `email`, `username`, `phone`, `password`, `name`. */
  readonly signUp: Endpoint
  /** `refreshToken` (token mode; without a name for it, it travels as Bearer), `attemptId`. */
  readonly refresh: Endpoint
  /** `refreshToken`, as above. */
  readonly signOut: Endpoint
  /** Members of an answer that holds tokens. */
  readonly answer: {
    readonly accessToken: string
    readonly refreshToken: string
    readonly expiresIn: string
    readonly unit: 'seconds' | 'milliseconds'
    readonly user: string
    readonly session?: string
  }
  /** The refresh was refused for good: only this signs somebody out. */
  readonly ended: Match
  /** The access token is at fault: another one helps. */
  readonly refused: Match
  /** Another token does not help: the person must prove who they are. */
  readonly stepUp?: Match
  readonly retryOn403: 'auto' | 'never' | 'always'
  /** The member of a failure that people read. */
  readonly message: string
  /** The member of a failure that holds a code of ours. */
  readonly code?: string
}

export const native: Endpoints = {
  signIn: {
    path: '/v1/login',
    members: { identifier: 'identifier', password: 'password' },
    besides: { cookie: { transport: 'split' }, token: { transport: 'body' } },
  },
  signUp: {
    path: '/v1/signup',
    members: {
      email: 'email',
      username: 'preferred_username',
      phone: 'phone_number',
      password: 'password',
      name: 'name',
    },
    besides: { cookie: { transport: 'split' }, token: { transport: 'body' } },
  },
  refresh: { path: '/v1/refresh', members: { refreshToken: 'refresh_token', attemptId: 'attempt_id' } },
  signOut: { path: '/v1/logout', members: { refreshToken: 'refresh_token' } },
  answer: {
    accessToken: 'access_token',
    refreshToken: 'refresh_token',
    expiresIn: 'expires_in',
    unit: 'seconds',
    user: 'user',
    session: 'session_id',
  },
  ended: {
    status: 401,
    member: 'code',
    is: [
      'session_ended',
      'refresh_token_expired',
      'refresh_token_reused',
      'refresh_token_invalid',
      'token_missing',
    ],
  },
  refused: {
    status: 401,
    member: 'code',
    is: ['access_token_invalid', 'access_token_expired', 'session_ended'],
  },
  stepUp: { status: 401, member: 'code', is: ['step_up_required'] },
  retryOn403: 'never',
  message: 'detail',
  code: 'code',
}
