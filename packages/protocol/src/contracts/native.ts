// Sallyport's own wire: /v1, snake_case, OpenID Connect claim names, RFC 9457 problems.
import type { Contract, Template, TokenSource } from '../contract.js'
import { administration } from './native-admin.js'
import { proofs, verifyFirst } from './native-proofs.js'
import { access, empty, tokens, user } from './native-shapes.js'
import { social } from './native-social.js'

const refresh: TokenSource[] = [
  { from: 'body', name: 'refresh_token', kind: 'refresh' },
  { from: 'bearer', kind: 'refresh' },
  { from: 'cookie', name: 'sallyport_refresh', kind: 'refresh' },
]
const leaving: TokenSource[] = [
  { from: 'bearer', kind: 'access' },
  { from: 'body', name: 'refresh_token', kind: 'refresh' },
  { from: 'cookie', name: 'sallyport_access', kind: 'access' },
  { from: 'cookie', name: 'sallyport_refresh', kind: 'refresh' },
]

const session: Template = {
  id: '$id',
  current: '$current',
  user_agent: '$user_agent',
  ip: '$ip',
  created_at: '$created_at|rfc3339',
  last_seen_at: '$last_seen_at|rfc3339',
  expires_at: '$expires_at|rfc3339',
  amr: '$amr',
}

/** Every 401 says how one gets in (RFC 9110 section 15.5.2). */
const challenge = { 'www-authenticate': 'Bearer' }
/** RFC 6750 section 3, and RFC 9470 for a proof that is too old. */
const invalid = { 'www-authenticate': 'Bearer error="invalid_token"' }
const cached = { 'cache-control': 'public, max-age=300' }

export const native: Contract = {
  name: 'native',
  title: 'Native',
  transport: { default: 'body', allow: ['body', 'cookie', 'split'], member: 'transport' },
  cookies: {
    sallyport_access: { holds: 'access', path: '/', sameSite: 'Lax', prefix: '__Host-' },
    sallyport_refresh: { holds: 'refresh', path: '/v1', sameSite: 'Lax', prefix: '__Secure-' },
    sallyport_page: { holds: 'page', path: '/', sameSite: 'Lax', prefix: '__Host-' },
    sallyport_device: { holds: 'device', path: '/', sameSite: 'Lax', prefix: '__Host-' },
  },
  origin: 'strict',
  longestAccess: 900,
  type: 'at+jwt',
  user,
  error: {
    contentType: 'application/problem+json',
    body: {
      type: '$type',
      title: '$title',
      status: '$status',
      detail: '$message',
      instance: '$request_id',
      code: '$code',
      errors: { $each: '$fields', as: { pointer: '$pointer', code: '$code', detail: '$detail' } },
      retry_after: '$retry_after',
      max_age: '$max_age',
      purpose: '$purpose',
    },
  },
  errors: {
    token_missing: { headers: challenge },
    invalid_credentials: { headers: challenge },
    code_invalid: { headers: challenge },
    access_token_invalid: { headers: invalid },
    access_token_expired: { headers: invalid },
    refresh_token_invalid: { headers: invalid },
    refresh_token_expired: { headers: invalid },
    refresh_token_reused: { headers: invalid },
    session_ended: { headers: invalid },
    step_up_required: {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference of the contract's own templates
      headers: { 'www-authenticate': 'Bearer error="insufficient_user_authentication", ${proof}' },
    },
  },
  routes: [
    {
      operation: 'signup',
      on: 'POST /v1/signup',
      reply: { status: 201, body: { ...tokens, ticket: '$ticket' }, cookies: 'set' },
      instead: [{ when: 'next', reply: { status: 202, body: verifyFirst } }],
    },
    { operation: 'login', on: 'POST /v1/login', reply: { status: 200, body: tokens, cookies: 'set' } },
    {
      operation: 'refresh',
      on: 'POST /v1/refresh',
      tokens: refresh,
      reply: { status: 200, body: tokens, cookies: 'set' },
    },
    { operation: 'logout', on: 'POST /v1/logout', tokens: leaving, reply: { ...empty, cookies: 'clear' } },
    {
      operation: 'logout.all',
      on: 'POST /v1/logout/all',
      tokens: access,
      reply: { ...empty, cookies: 'clear' },
    },
    { operation: 'profile.get', on: 'GET /v1/me', tokens: access, reply: { status: 200, body: '$user' } },
    {
      operation: 'profile.update',
      on: 'PATCH /v1/me',
      accept: ['merge-patch', 'json'],
      tokens: access,
      reply: { status: 200, body: '$user' },
    },
    {
      operation: 'profile.delete',
      on: 'DELETE /v1/me',
      tokens: access,
      reply: { ...empty, cookies: 'clear' },
    },
    {
      operation: 'profile.export',
      on: 'GET /v1/me/export',
      tokens: access,
      reply: {
        status: 200,
        body: '$',
        headers: { 'content-disposition': 'attachment; filename="account.json"' },
      },
    },
    { operation: 'profile.restore', on: 'POST /v1/account/restore', reply: empty },
    { operation: 'password.change', on: 'POST /v1/me/password', tokens: access, reply: empty },
    ...proofs,
    {
      operation: 'confirm',
      on: 'POST /v1/me/confirm',
      tokens: access,
      reply: { status: 200, body: tokens, cookies: 'set' },
    },
    {
      operation: 'sessions.list',
      on: 'GET /v1/me/sessions',
      tokens: access,
      input: {
        cursor: { names: ['cursor'], from: 'query' },
        limit: { names: ['limit'], from: 'query', codec: 'integer' },
      },
      reply: { status: 200, body: { items: { $each: '$items', as: session }, next_cursor: '$next_cursor' } },
    },
    {
      operation: 'sessions.end',
      on: 'DELETE /v1/me/sessions/:id',
      tokens: access,
      input: { id: { names: ['id'], from: 'path' } },
      reply: empty,
    },
    { operation: 'sessions.end_others', on: 'DELETE /v1/me/sessions', tokens: access, reply: empty },
    {
      operation: 'keys.jwks',
      on: 'GET /.well-known/jwks.json',
      reply: {
        status: 200,
        body: { keys: '$keys' },
        contentType: 'application/jwk-set+json',
        headers: cached,
      },
    },
    {
      operation: 'keys.metadata',
      on: 'GET /.well-known/oauth-authorization-server',
      reply: {
        status: 200,
        headers: cached,
        body: {
          issuer: '$issuer',
          jwks_uri: '$jwks_uri',
          introspection_endpoint: '$introspection_endpoint',
          introspection_endpoint_auth_methods_supported: '$introspection_endpoint_auth_methods_supported',
          response_types_supported: '$response_types_supported',
          grant_types_supported: '$grant_types_supported',
        },
      },
    },
    {
      operation: 'introspection',
      on: 'POST /v1/introspect',
      accept: ['form'],
      tokens: [{ from: 'bearer', kind: 'verifier' }],
      reply: {
        status: 200,
        body: {
          active: '$active',
          token_type: '$token_type',
          iss: '$iss',
          aud: '$aud',
          sub: '$sub',
          sid: '$sid',
          client_id: '$client_id',
          scope: '$scope',
          jti: '$jti',
          iat: '$iat',
          exp: '$exp',
          auth_time: '$auth_time',
          amr: '$amr',
          roles: '$roles',
        },
      },
    },
    {
      operation: 'revocations.follow',
      on: 'GET /v1/revocations',
      tokens: [{ from: 'bearer', kind: 'verifier' }],
      input: { last_event_id: { names: ['last_event_id'], from: 'query' } },
      reply: {
        status: 200,
        contentType: 'text/event-stream',
        headers: { 'x-accel-buffering': 'no' },
        body: { sid: '$sid', sub: '$sub', before: '$before', except: '$except', kid: '$kid' },
      },
    },
    { operation: 'setup', on: 'POST /v1/setup', reply: { status: 200, body: tokens, cookies: 'set' } },
    ...social,
    ...administration,
    { operation: 'health.live', on: 'GET /healthz', reply: { status: 200, body: { status: '$status' } } },
    { operation: 'health.ready', on: 'GET /readyz', reply: { status: 200, body: { status: '$status' } } },
    {
      operation: 'clock.advance',
      on: 'POST /dev/clock',
      developmentOnly: true,
      reply: { status: 200, body: { now: '$now|rfc3339' } },
    },
    {
      operation: 'mail.list',
      on: 'GET /dev/mail.json',
      developmentOnly: true,
      input: {
        to: { names: ['to'], from: 'query' },
        limit: { names: ['limit'], from: 'query', codec: 'integer' },
      },
      reply: {
        status: 200,
        body: {
          items: {
            $each: '$items',
            as: {
              id: '$id',
              channel: '$channel',
              topic: '$topic',
              to: '$to',
              from: '$from',
              subject: '$subject',
              text: '$text',
              html: '$html',
              code: '$code',
              link: '$link',
              created_at: '$created_at|rfc3339',
            },
          },
        },
      },
    },
  ],
}
