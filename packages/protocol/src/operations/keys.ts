import { operation } from '../operation.js'
import { flag, integer, list, nothing, object, oneOf, record, text } from '../schema.js'

export const jwks = operation({
  name: 'keys.jwks',
  summary: 'The public signing keys (RFC 7517).',
  caller: 'anyone',
  effect: 'read',
  input: nothing,
  output: object({ keys: list(record()) }),
  errors: [],
})

export const metadata = operation({
  name: 'keys.metadata',
  summary: 'What this server is and can do (RFC 8414).',
  caller: 'anyone',
  effect: 'read',
  input: nothing,
  output: object({
    issuer: text(),
    jwks_uri: text(),
    introspection_endpoint: text(),
    introspection_endpoint_auth_methods_supported: list(text()),
    response_types_supported: list(text()),
    grant_types_supported: list(text()),
  }),
  errors: [],
})

export const publicPem = operation({
  name: 'keys.pem',
  summary: 'The public key that verifies this contract’s tokens (PEM); none where only a secret does.',
  caller: 'anyone',
  effect: 'read',
  input: nothing,
  output: object({ public_key: text() }),
  errors: ['not_found'],
  foreign: true,
})

const key = object(
  { kid: text(), alg: text(), state: oneOf('next', 'active', 'retired') },
  { created_at: integer(), active_at: integer(), retired_at: integer() },
)

export const listKeys = operation({
  name: 'keys.list',
  summary: 'The signing keys and their states; never a private part.',
  caller: 'admin',
  scope: 'keys:read',
  effect: 'read',
  input: nothing,
  output: object({ items: list(key) }),
  errors: [],
})

export const rotateKeys = operation({
  name: 'keys.rotate',
  summary:
    'The next key signs from now on, and another is published. Again within 5 minutes only with `force`.',
  caller: 'admin',
  scope: 'keys:write',
  effect: 'write',
  input: object({}, { force: flag() }),
  output: object({ items: list(key) }),
  errors: ['conflict'],
})

export const removeKey = operation({
  name: 'keys.remove',
  summary:
    'Removes a key at once: every token it signed is refused within 10 seconds. For a key that leaked.',
  caller: 'operator',
  effect: 'write',
  input: object({ kid: text({ maxLength: 128 }) }),
  output: object({ items: list(key) }),
  errors: ['not_found', 'conflict'],
})

const verifier = object(
  {
    id: text({ description: 'Follows from the key, and tells nothing of it.' }),
    state: oneOf('active', 'removed'),
  },
  { removed_at: integer() },
)

export const listVerifiers = operation({
  name: 'keys.list_verifiers',
  summary: 'The verifier keys of the settings by their ids; never a key.',
  caller: 'operator',
  effect: 'read',
  input: nothing,
  output: object({ items: list(verifier) }),
  errors: [],
})

export const removeVerifier = operation({
  name: 'keys.remove_verifier',
  summary:
    'Removes a verifier key at once, though a setting lists it: its services are refused and their feeds end within a second.',
  caller: 'operator',
  effect: 'write',
  input: object({ id: text({ maxLength: 16 }) }),
  output: object({ items: list(verifier) }),
  errors: ['not_found'],
})
