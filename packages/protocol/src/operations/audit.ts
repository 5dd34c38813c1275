import { operation } from '../operation.js'
import { flag, integer, list, nothing, object, oneOf, record, text } from '../schema.js'

const entry = object(
  {
    id: text({ format: 'uuid' }),
    at: integer(),
    event: text(),
    outcome: oneOf('success', 'failure'),
    actor: oneOf('user', 'api_key', 'operator', 'stranger', 'system'),
    details: record(),
  },
  {
    actor_id: text(),
    user_id: text(),
    session_id: text(),
    ip: text(),
    user_agent: text(),
    request_id: text(),
  },
)

export const listAudit = operation({
  name: 'audit.list',
  summary: 'What happened: who did what to whom, from where, with which outcome. Newest first.',
  caller: 'admin',
  scope: 'audit:read',
  effect: 'read',
  input: object(
    {},
    {
      user_id: text({ maxLength: 64 }),
      event: text({ maxLength: 64 }),
      from: text({ maxLength: 40, description: 'RFC 3339.' }),
      to: text({ maxLength: 40, description: 'RFC 3339.' }),
      cursor: text({ maxLength: 512 }),
      limit: integer({ minimum: 1, maximum: 1000 }),
    },
  ),
  output: object({ items: list(entry) }, { next_cursor: text() }),
  errors: [],
})

export const verifyAudit = operation({
  name: 'audit.verify',
  summary: 'Follows the hash chains and names every entry that was changed or is missing.',
  caller: 'operator',
  effect: 'read',
  input: nothing,
  output: object({
    intact: flag(),
    entries: integer(),
    chains: integer(),
    problems: list(
      object({ chain: text(), sequence: integer(), problem: oneOf('missing', 'changed', 'cut off') }),
    ),
  }),
  errors: [],
})
