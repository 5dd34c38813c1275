import { operation } from '../operation.js'
import { either, object, text } from '../schema.js'
import {
  emailAddress,
  password,
  phoneNumber,
  profileFields,
  tokens,
  transport,
  verifyFirst,
} from './shapes.js'

export const signUp = operation({
  name: 'signup',
  summary:
    'Makes an account from an email address, a username or a phone number and a password, and signs it in; where `signup.require_verified` is set, the address is proven first.',
  caller: 'anyone',
  effect: 'write',
  input: object(
    { password },
    {
      email: emailAddress,
      preferred_username: text({ maxLength: 255 }),
      phone_number: phoneNumber,
      ...profileFields,
      transport,
    },
  ),
  output: either(tokens, verifyFirst),
  errors: [
    'email_taken',
    'username_taken',
    'phone_taken',
    'password_too_short',
    'password_too_long',
    'password_too_common',
    'forbidden',
    'overloaded',
  ],
  limit: 'signup_address',
  wayIn: true,
})
