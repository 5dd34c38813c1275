import { operation } from '../operation.js'
import { flag, integer, list, nothing, nullable, object, oneOf, record, text } from '../schema.js'
import { password, profileFields, publicUser, user } from './shapes.js'

const one = object({ id: text({ maxLength: 64 }) })
/** Roles that a user can hold. */
export const mostRoles = 32
const roles = list(text({ minLength: 1, maxLength: 64, pattern: '^[a-z][a-z0-9_.:-]*$' }), mostRoles)
const written = {
  email: text({ maxLength: 320 }),
  preferred_username: text({ maxLength: 255 }),
  ...profileFields,
  app_metadata: record('At most 16 KiB as JSON.'),
}

export const listUsers = operation({
  name: 'users.list',
  summary: 'Users, newest first; `search` finds any part of email, username, name, phone number or id.',
  caller: 'admin',
  scope: 'users:read',
  effect: 'read',
  input: object(
    {},
    {
      search: text({ maxLength: 255 }),
      status: oneOf('active', 'disabled', 'deleted'),
      cursor: text({ maxLength: 512 }),
      limit: integer({ minimum: 1, maximum: 200 }),
    },
  ),
  output: object({ items: list(user), total_estimate: integer() }, { next_cursor: text() }),
  errors: [],
})

export const pageUsers = operation({
  name: 'users.page',
  summary:
    'Users by page, the oldest first, with their exact number: `page` and `size`, or `skip` and `limit`. Deleted ones are left out.',
  caller: 'admin',
  scope: 'users:read',
  effect: 'read',
  input: object(
    {},
    {
      page: integer({ minimum: 0, description: 'From 0.' }),
      size: integer({ minimum: 1, maximum: 100, description: '20 where nothing is said.' }),
      skip: integer({ minimum: 0, maximum: 10_000 }),
      limit: integer({ minimum: 1, maximum: 100, description: '20 where nothing is said.' }),
    },
  ),
  output: object({
    items: list(user),
    total: integer(),
    pages: integer(),
    page: integer(),
    size: integer(),
    count: integer({ description: 'Of `items`.' }),
    first: flag(),
    last: flag(),
    empty: flag(),
  }),
  errors: [],
  foreign: true,
})

export const viewUser = operation({
  name: 'users.view',
  summary: 'One user, for themselves and for administrators.',
  caller: 'access',
  effect: 'read',
  input: one,
  output: object({ user }),
  errors: ['forbidden', 'not_found'],
  foreign: true,
})

export const introduceUser = operation({
  name: 'users.public',
  summary: 'What anybody may see of a user.',
  caller: 'anyone',
  effect: 'read',
  input: one,
  output: object({ user: publicUser }),
  errors: ['not_found'],
  foreign: true,
})

export const editUser = operation({
  name: 'users.edit',
  summary:
    'Changes a user, by themselves or by an administrator, who alone sets `enabled` and `roles`. An address that its owner changes is unproven, and gets a message that proves it; that asks for a proof as recent as `email.change` does.',
  caller: 'access',
  effect: 'write',
  input: object(
    { id: text({ maxLength: 64 }) },
    { name: nullable(written.name), email: written.email, enabled: flag(), roles },
  ),
  output: object({ user }),
  errors: ['forbidden', 'not_found', 'email_taken', 'step_up_required', 'too_many_requests'],
  proof: { purpose: 'email.change' },
  foreign: true,
})

export const createUser = operation({
  name: 'users.create',
  summary: 'Makes an account. Without a password the user gets in only by other ways.',
  caller: 'admin',
  scope: 'users:write',
  effect: 'write',
  input: object({}, { ...written, password, roles, email_verified: flag() }),
  output: object({ user }),
  errors: [
    'email_taken',
    'username_taken',
    'password_too_short',
    'password_too_long',
    'password_too_common',
    'overloaded',
  ],
})

export const getUser = operation({
  name: 'users.get',
  summary: 'One user.',
  caller: 'admin',
  scope: 'users:read',
  effect: 'read',
  input: one,
  output: object({ user }),
  errors: ['not_found'],
})

export const updateUser = operation({
  name: 'users.update',
  summary:
    'Changes a user (RFC 7396 merge-patch). `roles` is the whole list; `add_roles` and `remove_roles` change what is held. Nobody grants a role above their own; the last administrator stays.',
  caller: 'admin',
  scope: 'users:write',
  effect: 'write',
  input: object(
    { id: text({ maxLength: 64 }) },
    {
      email: nullable(written.email),
      preferred_username: nullable(written.preferred_username),
      name: nullable(written.name),
      given_name: nullable(written.given_name),
      family_name: nullable(written.family_name),
      picture: nullable(written.picture),
      locale: nullable(written.locale),
      zoneinfo: nullable(written.zoneinfo),
      metadata: nullable(written.metadata),
      app_metadata: nullable(written.app_metadata),
      roles,
      add_roles: roles,
      remove_roles: roles,
      email_verified: flag(),
    },
  ),
  output: object({ user }),
  errors: ['not_found', 'email_taken', 'username_taken'],
  refuses: {
    status: 'is changed at the routes for disabling and enabling',
    password: 'is never chosen by an administrator over the network',
    created_at: 'never changes',
    updated_at: 'is kept by the server',
    last_login_at: 'is kept by the server',
    has_password: 'is kept by the server',
  },
})

export const deleteUser = operation({
  name: 'users.delete',
  summary: 'Deletes an account and ends its sessions; for 7 days its owner can undo it by a mailed link.',
  caller: 'admin',
  scope: 'users:write',
  effect: 'write',
  input: one,
  output: nothing,
  errors: ['not_found'],
})

export const disableUser = operation({
  name: 'users.disable',
  summary: 'Disables an account and ends its sessions at once.',
  caller: 'admin',
  scope: 'users:write',
  effect: 'write',
  input: object({ id: text({ maxLength: 64 }) }, { reason: text({ maxLength: 500 }) }),
  output: object({ user }),
  errors: ['not_found'],
})

export const enableUser = operation({
  name: 'users.enable',
  summary: 'Enables a disabled account again.',
  caller: 'admin',
  scope: 'users:write',
  effect: 'write',
  input: one,
  output: object({ user }),
  errors: ['not_found'],
})

export const logOutUser = operation({
  name: 'users.logout',
  summary: 'Ends every session of a user.',
  caller: 'admin',
  scope: 'sessions:write',
  effect: 'write',
  input: one,
  output: nothing,
  errors: ['not_found'],
})

export const setUserPassword = operation({
  name: 'users.set_password',
  summary: 'Sets a password and ends every session. Only from the machine itself.',
  caller: 'operator',
  effect: 'write',
  input: object({ id: text({ maxLength: 64 }), password }),
  output: nothing,
  errors: ['not_found', 'password_too_short', 'password_too_long', 'password_too_common', 'overloaded'],
})
