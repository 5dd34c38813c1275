import { operation } from '../operation.js'
import { object } from '../schema.js'
import {
  deviceToken,
  emailAddress,
  linkToken,
  phoneNumber,
  sentCode,
  ticket,
  ticketedMessage,
  tokens,
  transport,
} from './shapes.js'

export const requestCode = operation({
  name: 'code.request',
  summary:
    'Sends a code, and by mail a link, to sign in with. Answers alike for every address and number; the ticket is needed for the link.',
  caller: 'anyone',
  effect: 'write',
  input: object({}, { email: emailAddress, phone_number: phoneNumber }),
  output: ticketedMessage,
  errors: [],
})

export const verifyCode = operation({
  name: 'code.verify',
  summary:
    'Signs in with the code that was sent to an address or number, or with the link and the ticket of whoever asked for it.',
  caller: 'anyone',
  effect: 'write',
  input: object(
    {},
    {
      email: emailAddress,
      phone_number: phoneNumber,
      code: sentCode,
      token: linkToken,
      ticket,
      device_token: deviceToken,
      transport,
    },
  ),
  output: tokens,
  errors: ['code_invalid', 'too_many_requests'],
  wayIn: true,
})
