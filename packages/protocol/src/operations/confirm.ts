import { operation } from '../operation.js'
import { object } from '../schema.js'
import { password, tokens } from './shapes.js'

export const confirm = operation({
  name: 'confirm',
  summary:
    'Proves again that it is the user: raises `auth_time` of this session and answers a new access token.',
  caller: 'access',
  effect: 'write',
  input: object({ password }),
  output: tokens,
  errors: ['invalid_credentials', 'overloaded'],
})
