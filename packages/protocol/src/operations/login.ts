import { operation } from '../operation.js'
import { object, text } from '../schema.js'
import { deviceToken, password, tokens, transport } from './shapes.js'

export const logIn = operation({
  name: 'login',
  summary: 'Signs in with a password.',
  caller: 'anyone',
  effect: 'write',
  input: object(
    {
      identifier: text({
        minLength: 1,
        maxLength: 320,
        description: 'An email address, a username or a phone number.',
      }),
      password,
    },
    { device_token: deviceToken, transport },
  ),
  output: tokens,
  errors: [
    'invalid_credentials',
    'account_disabled',
    'email_not_verified',
    'too_many_requests',
    'overloaded',
  ],
  wayIn: true,
})
