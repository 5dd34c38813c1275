import { operation } from '../operation.js'
import { nothing, object } from '../schema.js'
import { password } from './shapes.js'

export const changePassword = operation({
  name: 'password.change',
  summary: 'Changes the password with the current one, and ends every other session.',
  caller: 'access',
  effect: 'write',
  input: object({ current_password: password, new_password: password }),
  output: nothing,
  errors: [
    'invalid_credentials',
    'password_too_short',
    'password_too_long',
    'password_too_common',
    'overloaded',
  ],
})
