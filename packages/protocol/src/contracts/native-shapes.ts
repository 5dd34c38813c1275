// What several routes of the native contract share.
import type { Template, TokenSource } from '../contract.js'

export const access: TokenSource[] = [
  { from: 'bearer', kind: 'access' },
  { from: 'cookie', name: 'sallyport_access', kind: 'access' },
]
export const user: Template = {
  id: '$id',
  email: '$email',
  email_verified: '$email_verified',
  phone_number: '$phone_number',
  phone_number_verified: '$phone_number_verified',
  preferred_username: '$preferred_username',
  name: '$name',
  given_name: '$given_name',
  family_name: '$family_name',
  picture: '$picture',
  locale: '$locale',
  zoneinfo: '$zoneinfo',
  roles: '$roles',
  status: '$status',
  created_at: '$created_at|rfc3339',
  updated_at: '$updated_at|rfc3339',
  last_login_at: '$last_login_at|rfc3339',
  metadata: '$metadata',
  app_metadata: '$app_metadata',
}

export const tokens: { readonly [member: string]: Template } = {
  access_token: '$access_token',
  token_type: 'Bearer',
  expires_in: '$access_expires_in|seconds',
  refresh_token: '$refresh_token',
  refresh_expires_in: '$refresh_expires_in|seconds',
  session_id: '$session_id',
  device_token: '$device_token',
  device_expires_in: '$device_expires_in|seconds',
  user: '$user',
}

export const empty = { status: 204 }
