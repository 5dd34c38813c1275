import { operation } from '../operation.js'
import { list, nothing, object, record, text } from '../schema.js'

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
