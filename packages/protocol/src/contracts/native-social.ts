// The native contract's routes for signing in with other providers; native.ts hangs them in.
import type { Route, Template } from '../contract.js'
import { access, empty, tokens } from './native-shapes.js'

const identity: Template = {
  provider: '$provider',
  email: '$email',
  created_at: '$created_at|rfc3339',
  last_used_at: '$last_used_at|rfc3339',
}

export const social: Route[] = [
  { operation: 'social.list', on: 'GET /v1/social', reply: { status: 200, body: { items: '$items' } } },
  {
    operation: 'social.google',
    on: 'POST /v1/social/google',
    reply: { status: 200, body: { ...tokens, ticket: '$ticket' }, cookies: 'set' },
  },
  {
    operation: 'social.identities',
    on: 'GET /v1/me/identities',
    tokens: access,
    reply: { status: 200, body: { items: { $each: '$items', as: identity } } },
  },
  {
    operation: 'social.link',
    on: 'POST /v1/me/identities/google',
    tokens: access,
    reply: { status: 200, body: identity },
  },
  {
    operation: 'social.unlink',
    on: 'DELETE /v1/me/identities/:provider',
    tokens: access,
    input: { provider: { names: ['provider'], from: 'path' } },
    reply: empty,
  },
]
