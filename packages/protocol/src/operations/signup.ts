import { operation } from '../operation.js'
import { object, text } from '../schema.js'
import { password, profileFields, tokens, transport } from './shapes.js'

export const signUp = operation({
  name: 'signup',
  summary: 'Makes an account from an email address or a username and a password, and signs it in.',
  caller: 'anyone',
  effect: 'write',
  input: object(
    { password },
    {
      email: text({ maxLength: 320 }),
      preferred_username: text({ maxLength: 255 }),
      ...profileFields,
      transport,
    },
  ),
  output: tokens,
  errors: [
    'email_taken',
    'username_taken',
    'password_too_short',
    'password_too_long',
    'password_too_common',
    'forbidden',
    'overloaded',
  ],
  limit: 'signup_address',
  wayIn: true,
})
