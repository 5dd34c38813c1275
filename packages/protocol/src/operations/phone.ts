import { operation } from '../operation.js'
import { nothing, object } from '../schema.js'
import { messageAsked, phoneNumber, sentCode, user } from './shapes.js'

export const changePhone = operation({
  name: 'phone.change',
  summary: 'Sends a code to a phone number, which becomes the account’s when it is proven.',
  caller: 'recent',
  effect: 'write',
  input: object({ phone_number: phoneNumber }),
  output: messageAsked,
  errors: ['phone_taken'],
})

export const verifyPhone = operation({
  name: 'phone.verify',
  summary: 'Proves the phone number with the code that was sent to it.',
  caller: 'access',
  effect: 'write',
  input: object(
    { code: sentCode },
    {
      phone_number: {
        ...phoneNumber,
        description: 'The number that the code was sent to; a code of another one is refused.',
      },
    },
  ),
  output: object({ user }),
  errors: ['code_invalid', 'phone_taken', 'too_many_requests'],
})

export const removePhone = operation({
  name: 'phone.remove',
  summary: 'Takes the phone number away from the account.',
  caller: 'recent',
  effect: 'write',
  input: nothing,
  output: nothing,
  errors: ['conflict'],
})
