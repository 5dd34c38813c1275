// The native contract's routes for administrators; native.ts hangs them in.
import type { Route, Template, WireField } from '../contract.js'
import { access, empty, user } from './native-shapes.js'

/** An administrator's cookie or Bearer token, or an API key as Bearer. */
const admin = '/v1/admin'
const byId = { id: { names: ['id'], from: 'path' } } as const
const fromQuery = (...names: string[]): Record<string, WireField> =>
  Object.fromEntries(names.map((name) => [name, { names: [name], from: 'query' }]))
const paging: Record<string, WireField> = {
  cursor: { names: ['cursor'], from: 'query' },
  limit: { names: ['limit'], from: 'query', codec: 'integer' },
}
const key: Template = {
  kid: '$kid',
  alg: '$alg',
  state: '$state',
  created_at: '$created_at|rfc3339',
  active_at: '$active_at|rfc3339',
  retired_at: '$retired_at|rfc3339',
}
const apiKey: Template = {
  id: '$id',
  name: '$name',
  scopes: '$scopes',
  created_by: '$created_by',
  created_at: '$created_at|rfc3339',
  expires_at: '$expires_at|rfc3339',
}
const entry: Template = {
  id: '$id',
  at: '$at|rfc3339',
  event: '$event',
  outcome: '$outcome',
  actor: '$actor',
  actor_id: '$actor_id',
  user_id: '$user_id',
  session_id: '$session_id',
  ip: '$ip',
  user_agent: '$user_agent',
  request_id: '$request_id',
  details: '$details',
}
const page = (as: Template): Template => ({
  items: { $each: '$items', as },
  next_cursor: '$next_cursor',
  total_estimate: '$total_estimate',
})

/** What administrators and machines with an API key may do. */
export const administration: Route[] = [
  {
    operation: 'users.list',
    on: `GET ${admin}/users`,
    tokens: access,
    input: { ...fromQuery('search', 'status'), ...paging },
    reply: { status: 200, body: page(user) },
  },
  {
    operation: 'users.create',
    on: `POST ${admin}/users`,
    tokens: access,
    reply: { status: 201, body: '$user' },
  },
  {
    operation: 'users.get',
    on: `GET ${admin}/users/:id`,
    tokens: access,
    input: byId,
    reply: { status: 200, body: '$user' },
  },
  {
    operation: 'users.update',
    on: `PATCH ${admin}/users/:id`,
    accept: ['merge-patch', 'json'],
    tokens: access,
    input: byId,
    reply: { status: 200, body: '$user' },
  },
  { operation: 'users.delete', on: `DELETE ${admin}/users/:id`, tokens: access, input: byId, reply: empty },
  {
    operation: 'users.disable',
    on: `POST ${admin}/users/:id/disable`,
    tokens: access,
    input: byId,
    reply: { status: 200, body: '$user' },
  },
  {
    operation: 'users.enable',
    on: `POST ${admin}/users/:id/enable`,
    tokens: access,
    input: byId,
    reply: { status: 200, body: '$user' },
  },
  {
    operation: 'users.logout',
    on: `POST ${admin}/users/:id/logout`,
    tokens: access,
    input: byId,
    reply: empty,
  },
  {
    operation: 'sessions.list_all',
    on: `GET ${admin}/sessions`,
    tokens: access,
    input: { ...fromQuery('user_id'), ...paging },
    reply: {
      status: 200,
      body: page({
        id: '$id',
        user_id: '$user_id',
        contract: '$contract',
        user_agent: '$user_agent',
        ip: '$ip',
        created_at: '$created_at|rfc3339',
        last_seen_at: '$last_seen_at|rfc3339',
        expires_at: '$expires_at|rfc3339',
        amr: '$amr',
      }),
    },
  },
  {
    operation: 'sessions.end_any',
    on: `DELETE ${admin}/sessions/:id`,
    tokens: access,
    input: byId,
    reply: empty,
  },
  {
    operation: 'keys.list',
    on: `GET ${admin}/keys`,
    tokens: access,
    reply: { status: 200, body: { items: { $each: '$items', as: key } } },
  },
  {
    operation: 'keys.rotate',
    on: `POST ${admin}/keys/rotate`,
    tokens: access,
    reply: { status: 200, body: { items: { $each: '$items', as: key } } },
  },
  {
    operation: 'apikeys.list',
    on: `GET ${admin}/api-keys`,
    tokens: access,
    reply: {
      status: 200,
      body: { items: { $each: '$items', as: { ...apiKey, last_used_at: '$last_used_at|rfc3339' } } },
    },
  },
  {
    operation: 'apikeys.create',
    on: `POST ${admin}/api-keys`,
    tokens: access,
    reply: { status: 201, body: { ...apiKey, api_key: '$api_key' } },
  },
  {
    operation: 'apikeys.remove',
    on: `DELETE ${admin}/api-keys/:id`,
    tokens: access,
    input: byId,
    reply: empty,
  },
  {
    operation: 'audit.list',
    on: `GET ${admin}/audit`,
    tokens: access,
    input: { ...fromQuery('user_id', 'event', 'from', 'to'), ...paging },
    reply: { status: 200, body: { items: { $each: '$items', as: entry }, next_cursor: '$next_cursor' } },
  },
  {
    operation: 'stats',
    on: `GET ${admin}/stats`,
    tokens: access,
    input: fromQuery('period', 'from', 'to'),
    reply: {
      status: 200,
      body: {
        period: '$period',
        series: {
          $each: '$series',
          as: { name: '$name', points: { $each: '$points', as: { at: '$at|rfc3339', count: '$count' } } },
        },
        users: '$users',
        sessions: '$sessions',
        hashing: '$hashing',
      },
    },
  },
  {
    operation: 'configuration',
    on: `GET ${admin}/settings`,
    tokens: access,
    reply: { status: 200, body: { items: '$items' } },
  },
  {
    operation: 'mail.outbox',
    on: `GET ${admin}/outbox`,
    tokens: access,
    input: { ...fromQuery('state', 'channel', 'user_id'), ...paging },
    reply: {
      status: 200,
      body: page({
        id: '$id',
        topic: '$topic',
        channel: '$channel',
        to: '$to',
        user_id: '$user_id',
        state: '$state',
        attempts: '$attempts',
        last_error: '$last_error',
        created_at: '$created_at|rfc3339',
        due_at: '$due_at|rfc3339',
        sent_at: '$sent_at|rfc3339',
        good_until: '$good_until|rfc3339',
      }),
    },
  },
]
