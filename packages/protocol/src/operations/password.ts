import { operation } from '../operation.js'
import { nothing, object } from '../schema.js'
import { emailAddress, linkToken, messageAsked, password, sentCode, ticket } from './shapes.js'

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
    'too_many_requests',
    'overloaded',
  ],
})

export const replacePassword = operation({
  name: 'password.replace',
  summary:
    'Changes the password as `password.change` does, or sets the first one of an account that has none, which asks for a recent proof; ends every other session.',
  caller: 'access',
  effect: 'write',
  input: object({ new_password: password }, { old_password: password }),
  output: nothing,
  errors: [
    'invalid_credentials',
    'password_too_short',
    'password_too_long',
    'password_too_common',
    'too_many_requests',
    'overloaded',
    'step_up_required',
  ],
  foreign: true,
})

export const forgotPassword = operation({
  name: 'password.forgot',
  summary: 'Sends a link and a code to set a new password. Answers alike for every address.',
  caller: 'anyone',
  effect: 'write',
  input: object({ email: emailAddress }),
  output: messageAsked,
  errors: [],
})

export const resetPassword = operation({
  name: 'password.reset',
  summary:
    'Sets a new password with the link, or the address and the code, of a message, or with the ticket that `set_password` came with, and ends every session.',
  caller: 'anyone',
  effect: 'write',
  input: object(
    { new_password: password },
    { token: linkToken, email: emailAddress, code: sentCode, ticket },
  ),
  output: nothing,
  errors: [
    'code_invalid',
    'password_too_short',
    'password_too_long',
    'password_too_common',
    'too_many_requests',
    'overloaded',
  ],
})
