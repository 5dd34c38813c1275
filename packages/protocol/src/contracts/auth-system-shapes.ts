// What Auth-system's routes share: where access tokens are read, the user, members, and FastAPI's list of what is wrong.
import type { Reply, Say, Template, TokenSource, WireField } from '../contract.js'

export const access: TokenSource[] = [
  { from: 'bearer', kind: 'access' },
  { from: 'cookie', name: 'access_token', kind: 'access' },
]

const isActive: Template = { $all: ['$email_verified', { $is: ['$status', 'active'] }] }
export const user: Template = {
  id: '$number',
  email: '$email',
  name: '$name',
  is_active: isActive,
  role: { $one: '$roles', in: 'roles', as: '$name' },
  phone: '$phone_number',
  phone_verified: '$phone_number_verified',
}
export const person: Reply = { status: 200, body: '$user' }
export const nothing: Reply = { status: 204 }

/** FastAPI's list with one entry of our own making. */
export const entry = (loc: readonly string[], type: string): Template => ({
  detail: [{ loc: [...loc], msg: '$message', type }],
})
const unsuitable = (member: string, type: string): Say => ({
  status: 422,
  body: entry(['body', member], type),
})
export const unsuitablePassword = (member: string) => ({
  password_too_short: unsuitable(member, 'value_error.any_str.min_length'),
  password_too_long: unsuitable(member, 'value_error.any_str.max_length'),
  password_too_common: unsuitable(member, 'value_error'),
})
export const id: WireField = { names: ['id'], from: 'path' }
export const changedEmail: WireField = { names: ['email'], pattern: '^\\s*[^@\\s]+@[^@\\s]+\\s*$' }
export const email: WireField = { ...changedEmail, required: true }
export const password: WireField = { names: ['password'], required: true, min: 1 }
export const count = (name: string): WireField => ({ names: [name], from: 'query', codec: 'integer' })
