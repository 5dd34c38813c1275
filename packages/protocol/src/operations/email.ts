import { operation } from '../operation.js'
import { either, object, text } from '../schema.js'
import {
  deviceToken,
  emailAddress,
  linkToken,
  messageAsked,
  password,
  sentCode,
  setPassword,
  ticket,
  ticketedMessage,
  tokens,
  transport,
  user,
} from './shapes.js'

export const verifyEmail = operation({
  name: 'email.verify',
  summary:
    'Proves an address with the link, or the address and the code, that were sent to it. With the `ticket` of whoever asked for it, or the password, it signs in; without either, everything that was set before is dropped and a new password comes next.',
  caller: 'anyone',
  effect: 'write',
  input: object(
    {},
    {
      token: linkToken,
      email: emailAddress,
      code: sentCode,
      ticket,
      password,
      device_token: deviceToken,
      transport,
    },
  ),
  output: either(tokens, setPassword),
  errors: [
    'code_invalid',
    'invalid_credentials',
    'email_taken',
    'conflict',
    'too_many_requests',
    'overloaded',
  ],
  wayIn: true,
})

export const confirmEmail = operation({
  name: 'email.confirm',
  summary:
    'Proves an address with the token of a mailed link, or with `email` and the code. Signs nobody in and drops nothing: whoever made the account keeps it, so `email.verify` is the better way where clients can.',
  caller: 'anyone',
  effect: 'write',
  input: object(
    {
      proof: text({
        minLength: 1,
        maxLength: 128,
        description: 'The token of the link; with `email` also the code.',
      }),
    },
    { email: emailAddress },
  ),
  output: object({ user }),
  errors: ['code_invalid', 'too_many_requests'],
  foreign: true,
})

export const resendEmail = operation({
  name: 'email.resend',
  summary: 'Sends the link and the code that prove an address once more. Answers alike for every address.',
  caller: 'anyone',
  effect: 'write',
  input: object({ email: emailAddress }),
  output: messageAsked,
  errors: [],
})

export const changeEmail = operation({
  name: 'email.change',
  summary: 'Sends a link and a code to a new address, which becomes the account’s when it is proven.',
  caller: 'recent',
  effect: 'write',
  input: object({ email: emailAddress }),
  output: ticketedMessage,
  errors: ['email_taken'],
})

export const undoEmail = operation({
  name: 'email.undo',
  summary:
    'Puts back the address that was changed, with the link that was sent to it: ends every session and drops the password, which is chosen anew.',
  caller: 'anyone',
  effect: 'write',
  input: object({ token: linkToken }),
  output: setPassword,
  errors: ['code_invalid', 'email_taken'],
})
