import { operation } from '../operation.js'
import { nothing, nullable, object, record, text } from '../schema.js'
import { profileFields, user } from './shapes.js'

const administrators = 'is set by administrators only'

/** What a user cannot write in their own profile, and why. */
const refuses = {
  id: 'never changes',
  roles: administrators,
  status: administrators,
  app_metadata: administrators,
  email: 'cannot be changed here: an address has to prove itself first',
  phone_number: 'cannot be changed here: a number has to prove itself first',
  email_verified: 'follows from proving the address',
  phone_number_verified: 'follows from proving the number',
  created_at: 'never changes',
  updated_at: 'is kept by the server',
  last_login_at: 'is kept by the server',
  has_password: 'is kept by the server',
  password: 'is changed at the route for changing the password',
}

export const getProfile = operation({
  name: 'profile.get',
  summary: 'The signed-in user.',
  caller: 'access',
  effect: 'read',
  input: nothing,
  output: object({ user }),
  errors: [],
})

export const updateProfile = operation({
  name: 'profile.update',
  summary: 'Changes members of the user’s own profile (RFC 7396 merge-patch: null takes a member away).',
  caller: 'access',
  effect: 'write',
  input: object(
    {},
    {
      preferred_username: nullable(text({ maxLength: 255 })),
      name: nullable(profileFields.name),
      given_name: nullable(profileFields.given_name),
      family_name: nullable(profileFields.family_name),
      picture: nullable(text({ maxLength: 2048, description: 'An https link.' })),
      locale: nullable(profileFields.locale),
      zoneinfo: nullable(profileFields.zoneinfo),
      metadata: nullable(profileFields.metadata),
    },
  ),
  output: object({ user }),
  errors: ['username_taken'],
  refuses,
})

export const deleteProfile = operation({
  name: 'profile.delete',
  summary: 'Deletes the user’s own account and ends every session; for 7 days a mailed link undoes it.',
  caller: 'recent',
  effect: 'write',
  input: nothing,
  output: nothing,
  errors: ['forbidden'],
})

export const exportProfile = operation({
  name: 'profile.export',
  summary: 'Everything that is kept of the signed-in user, without secrets.',
  caller: 'recent',
  effect: 'read',
  input: nothing,
  output: record('`exported_at`, `user`, and a list for each kind of thing that the user owns.'),
  errors: [],
})

export const restoreProfile = operation({
  name: 'profile.restore',
  summary: 'Undoes the deletion of an account with the token of the mailed link, within 7 days and once.',
  caller: 'anyone',
  effect: 'write',
  input: object({ token: text({ minLength: 1, maxLength: 128 }) }),
  output: nothing,
  errors: ['code_invalid'],
})
