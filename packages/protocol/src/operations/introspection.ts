import { operation } from '../operation.js'
import { flag, integer, list, object, text } from '../schema.js'

export const introspect = operation({
  name: 'introspection',
  summary: 'Says whether an access or refresh token is good just now (RFC 7662).',
  caller: 'verifier',
  effect: 'read',
  input: object(
    { token: text({ minLength: 1, maxLength: 16_384 }) },
    { token_type_hint: text({ maxLength: 64 }) },
  ),
  output: object(
    { active: flag() },
    {
      token_type: text(),
      iss: text(),
      aud: text(),
      sub: text(),
      sid: text(),
      client_id: text(),
      scope: text(),
      jti: text(),
      iat: integer({ description: 'Seconds.' }),
      exp: integer({ description: 'Seconds.' }),
      auth_time: integer({ description: 'Seconds.' }),
      amr: list(text()),
      roles: list(text()),
    },
  ),
  errors: [],
})
