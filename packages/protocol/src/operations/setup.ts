import { operation } from '../operation.js'
import { integer, nothing, object, text } from '../schema.js'
import { password, tokens, transport } from './shapes.js'

export const setUp = operation({
  name: 'setup',
  summary: 'Makes the first administrator with the one-time token of `sallyport admin link`. Once, ever.',
  caller: 'anyone',
  effect: 'write',
  input: object(
    { token: text({ minLength: 1, maxLength: 128 }), email: text({ maxLength: 320 }), password },
    { name: text({ maxLength: 255 }), transport },
  ),
  output: tokens,
  errors: [
    'code_invalid',
    'email_taken',
    'password_too_short',
    'password_too_long',
    'password_too_common',
    'overloaded',
  ],
  limit: 'signup_address',
  wayIn: true,
})

export const setUpLink = operation({
  name: 'setup.link',
  summary: 'Makes the one-time token for the first administrator; the one before it is void.',
  caller: 'operator',
  effect: 'write',
  input: nothing,
  output: object({ token: text(), expires_at: integer() }),
  errors: ['conflict'],
})
