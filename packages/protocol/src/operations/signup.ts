import { operation } from '../operation.js'
import { either, object, text } from '../schema.js'
import {
  emailAddress,
  password,
  phoneNumber,
  profileFields,
  tokens,
  transport,
  user,
  verifyFirst,
} from './shapes.js'

const newcomer = {
  email: emailAddress,
  preferred_username: text({ maxLength: 255 }),
  phone_number: phoneNumber,
  ...profileFields,
}
const errors = [
  'email_taken',
  'username_taken',
  'phone_taken',
  'password_too_short',
  'password_too_long',
  'password_too_common',
  'forbidden',
  'overloaded',
] as const

export const signUp = operation({
  name: 'signup',
  summary:
    'Makes an account from an email address, a username or a phone number and a password, and signs it in; where `signup.require_verified` is set, the address is proven first.',
  caller: 'anyone',
  effect: 'write',
  input: object({ password }, { ...newcomer, transport }),
  output: either(tokens, verifyFirst),
  errors,
  limit: 'signup_address',
  wayIn: true,
})

export const register = operation({
  name: 'signup.register',
  summary:
    'Makes an account as `signup` does, and signs nobody in. A taken address is told; where addresses are proven first, the account cannot be used before `email.confirm`.',
  caller: 'anyone',
  effect: 'write',
  input: object({ password }, newcomer),
  output: object({ user }),
  errors,
  limit: 'signup_address',
  foreign: true,
})
