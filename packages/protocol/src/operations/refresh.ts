import { operation } from '../operation.js'
import { object, text } from '../schema.js'
import { tokens } from './shapes.js'

export const refresh = operation({
  name: 'refresh',
  summary: 'Trades a refresh token for a new pair; the old one is spent.',
  caller: 'refresh',
  effect: 'write',
  input: object(
    {},
    {
      attempt_id: text({
        pattern: '^[A-Za-z0-9_-]{16,64}$',
        description:
          'A random value kept by the client before it sends: with it a lost answer can be asked for again at any time.',
      }),
    },
  ),
  output: tokens,
  errors: ['refresh_token_invalid', 'refresh_token_expired', 'refresh_token_reused', 'session_ended'],
  limit: 'refresh_address',
})
