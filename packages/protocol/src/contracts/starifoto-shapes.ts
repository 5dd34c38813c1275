// What StariFoto's routes share: where tokens are read, the user, and members with their sentences.
import type { Reply, Template, TokenSource, WireField } from '../contract.js'

export const access: TokenSource[] = [
  { from: 'bearer', kind: 'access' },
  { from: 'cookie', name: 'accessToken', kind: 'access' },
]

export const user: Template = {
  id: '$number',
  username: { $first: ['$name', '$preferred_username', '$email'] },
  email: '$email',
  provider: { $first: ['$provider|upper', 'LOCAL'] },
  roles: { $each: '$roles', in: 'roles', as: { id: '$id', name: '$name' } },
  hasPassword: '$has_password',
  isEnabled: { $is: ['$status', 'active'] },
  createdAt: '$created_at|rfc3339',
}

export const done: Reply = { status: 200 }
export const nothing: Reply = { status: 204 }

/** A text that must say something. */
export const asked = (name: string, sentence: string, more: Partial<WireField> = {}): WireField => ({
  names: [name],
  required: true,
  pattern: '\\S',
  say: { '*': sentence },
  ...more,
})
export const username = asked('username', 'Username is required', {
  max: 255,
  say: { too_long: 'Username must be at most 255 characters', '*': 'Username is required' },
})
export const email: WireField = {
  names: ['email'],
  required: true,
  min: 1,
  pattern: '^\\s*[^@\\s]+@[^@\\s]+\\s*$',
  say: { required: 'Email is required', too_short: 'Email is required', '*': 'Email is not valid' },
}
export const notBase64 = 'Password is not valid base64'
/** One that is to be tried; how long it is, is no matter. */
export const triedPassword = (name: string, sentence = 'Password is required'): WireField => ({
  names: [name],
  codec: 'base64',
  required: true,
  say: { base64: notBase64, '*': sentence },
})
export const length = 'Password must be between 8 and 255 characters'
export const newPassword = (name: string): WireField => ({
  ...triedPassword(name),
  min: 8,
  max: 255,
  say: { base64: notBase64, required: 'Password is required', '*': length },
})
export const token = asked('token', 'Token is required')
export const id: WireField = { names: ['id'], from: 'path' }
