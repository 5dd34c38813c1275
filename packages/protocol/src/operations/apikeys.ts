import { operation } from '../operation.js'
import { integer, list, nothing, object, oneOf, text } from '../schema.js'

/** What an API key may be given. */
const scope = oneOf(
  'users:read',
  'users:write',
  'sessions:read',
  'sessions:write',
  'keys:read',
  'keys:write',
  'audit:read',
  'stats:read',
  'settings:read',
  'mail:read',
)
const shown = {
  id: text({ format: 'uuid' }),
  name: text(),
  scopes: list(scope),
  created_by: text(),
  created_at: integer(),
  expires_at: integer(),
}
const apiKey = object(shown, { last_used_at: integer() })

export const createApiKey = operation({
  name: 'apikeys.create',
  summary: 'Makes an API key for a machine. It is shown once.',
  caller: 'admin',
  scope: 'apikeys:write',
  effect: 'write',
  input: object(
    { name: text({ minLength: 1, maxLength: 100 }), scopes: list(scope, 16) },
    {
      expires_in: text({
        maxLength: 16,
        description: 'A duration such as 30d; 90d where nothing is said, 365d at most.',
      }),
    },
  ),
  output: object({ ...shown, api_key: text() }),
  errors: [],
})

export const listApiKeys = operation({
  name: 'apikeys.list',
  summary: 'The API keys, without their secrets.',
  caller: 'admin',
  scope: 'apikeys:read',
  effect: 'read',
  input: nothing,
  output: object({ items: list(apiKey) }),
  errors: [],
})

export const removeApiKey = operation({
  name: 'apikeys.remove',
  summary: 'Removes an API key at once.',
  caller: 'admin',
  scope: 'apikeys:write',
  effect: 'write',
  input: object({ id: text({ maxLength: 64 }) }),
  output: nothing,
  errors: ['not_found'],
})
