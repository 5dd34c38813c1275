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
