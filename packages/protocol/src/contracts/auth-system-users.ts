// Auth-system's routes for people who are signed in, and for its administrators.
import type { Route } from '../contract.js'
import {
  access,
  changedEmail,
  count,
  email,
  id,
  nothing,
  password,
  person,
  unsuitablePassword,
  user,
} from './auth-system-shapes.js'

export const own: Route[] = [
  { operation: 'profile.get', on: 'GET /profile', tokens: access, reply: person },
  {
    operation: 'profile.update',
    on: 'PATCH /profile',
    tokens: access,
    input: { name: { names: ['name'], max: 255 } },
    reply: person,
  },
  {
    operation: 'password.replace',
    on: 'POST /profile/password',
    tokens: access,
    input: {
      old_password: 'old_password',
      new_password: { names: ['new_password'], required: true, min: 1 },
    },
    reply: nothing,
    errors: {
      invalid_credentials: { status: 400, message: 'Incorrect password' },
      ...unsuitablePassword('new_password'),
    },
  },
  {
    operation: 'phone.change',
    on: 'POST /phone/start',
    tokens: access,
    input: { phone_number: { names: ['phone'], required: true, min: 1 } },
    reply: { status: 202, body: { detail: 'Code sent' } },
  },
  {
    operation: 'phone.verify',
    on: 'POST /phone/verify',
    tokens: access,
    input: {
      phone_number: { names: ['phone'], required: true, min: 1 },
      code: { names: ['code'], required: true, min: 1 },
    },
    reply: { status: 200, body: { phone: '$user.phone_number', phone_verified: true } },
    errors: { code_invalid: { status: 400, message: 'Code is wrong or expired' } },
  },
]

const noUser = { not_found: { message: 'User not found' } }
export const users: Route[] = [
  {
    operation: 'users.page',
    on: 'GET /users',
    tokens: access,
    input: { skip: count('skip'), limit: count('limit') },
    reply: { status: 200, body: { $each: '$items', as: user } },
  },
  {
    // Whom an administrator makes needs no mail to get in.
    operation: 'users.create',
    on: 'POST /users',
    tokens: access,
    input: {
      email,
      password,
      name: { names: ['name'], codec: 'empty', max: 255 },
      roles: { names: ['role'], codec: 'role', by: 'name' },
    },
    fixed: { email_verified: true },
    reply: { status: 201, body: '$user' },
  },
  {
    operation: 'users.view',
    on: 'GET /users/:id',
    tokens: access,
    input: { id },
    reply: person,
    errors: noUser,
  },
  {
    operation: 'users.edit',
    on: 'PATCH /users/:id',
    tokens: access,
    input: {
      id,
      name: { names: ['name'], max: 255 },
      email: changedEmail,
      enabled: 'is_active',
      roles: { names: ['role'], codec: 'role', by: 'name' },
    },
    reply: person,
    errors: noUser,
  },
  {
    operation: 'users.delete',
    on: 'DELETE /users/:id',
    tokens: access,
    input: { id },
    reply: nothing,
    errors: noUser,
  },
]
