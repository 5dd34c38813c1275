import { operation } from '../operation.js'
import { integer, list, nothing, object, text } from '../schema.js'
import { session } from './shapes.js'

export const listSessions = operation({
  name: 'sessions.list',
  summary: 'The user’s own sessions, the newest first.',
  caller: 'access',
  effect: 'read',
  input: object({}, { cursor: text({ maxLength: 512 }), limit: integer({ minimum: 1, maximum: 100 }) }),
  output: object({ items: list(session) }, { next_cursor: text() }),
  errors: [],
})

export const endSession = operation({
  name: 'sessions.end',
  summary: 'Ends one of the user’s own sessions.',
  caller: 'access',
  effect: 'write',
  input: object({ id: text({ maxLength: 64 }) }),
  output: nothing,
  errors: ['not_found'],
})

export const endOtherSessions = operation({
  name: 'sessions.end_others',
  summary: 'Ends every session of the user but this one.',
  caller: 'access',
  effect: 'write',
  input: nothing,
  output: nothing,
  errors: [],
})

const anySession = object(
  {
    id: text({ format: 'uuid' }),
    user_id: text(),
    contract: text(),
    created_at: integer(),
    last_seen_at: integer(),
    expires_at: integer(),
    amr: list(text()),
  },
  { user_agent: text(), ip: text() },
)

export const listAllSessions = operation({
  name: 'sessions.list_all',
  summary: 'Live sessions of one user, or of everybody, the newest first.',
  caller: 'admin',
  scope: 'sessions:read',
  effect: 'read',
  input: object(
    {},
    {
      user_id: text({ maxLength: 64 }),
      cursor: text({ maxLength: 512 }),
      limit: integer({ minimum: 1, maximum: 200 }),
    },
  ),
  output: object({ items: list(anySession), total_estimate: integer() }, { next_cursor: text() }),
  errors: [],
})

export const endAnySession = operation({
  name: 'sessions.end_any',
  summary: 'Ends a session of anybody.',
  caller: 'admin',
  scope: 'sessions:write',
  effect: 'write',
  input: object({ id: text({ maxLength: 64 }) }),
  output: nothing,
  errors: ['not_found'],
})
