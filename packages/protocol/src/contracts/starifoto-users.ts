// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how texts in contracts hold values
// StariFoto's routes for people who are signed in, and for its moderators.
import type { Route, Template, WireField } from '../contract.js'
import { access, email, id, newPassword, notBase64, nothing, user, username } from './starifoto-shapes.js'

export const own: Route[] = [
  {
    operation: 'profile.get',
    on: 'GET /api/user/me',
    tokens: access,
    reply: { status: 200, body: '$user' },
  },
  {
    operation: 'profile.update',
    on: 'PATCH /api/user/me/account',
    tokens: access,
    input: { name: username },
    reply: nothing,
  },
  {
    operation: 'password.replace',
    on: 'PATCH /api/user/me/password',
    tokens: access,
    input: {
      // Whoever came by Google alone has none.
      old_password: { names: ['oldPassword'], codec: 'base64', say: { base64: notBase64 } },
      new_password: newPassword('newPassword'),
    },
    reply: nothing,
    errors: { invalid_credentials: { status: 400, message: 'Wrong password' } },
  },
]

/** What Spring Data makes of a page. */
const page: Template = {
  content: { $each: '$items', as: user },
  pageable: { pageNumber: '$page', pageSize: '$size', paged: true, unpaged: false },
  totalElements: '$total',
  totalPages: '$pages',
  size: '$size',
  number: '$page',
  numberOfElements: '$count',
  first: '$first',
  last: '$last',
  empty: '$empty',
}
const count = (name: string, least: string, most = ''): WireField => ({
  names: [name],
  from: 'query',
  codec: 'integer',
  say: {
    type: `${name} must be a whole number`,
    too_small: `${name} must be at least ${least}`,
    ...(most !== '' && { too_large: `${name} must be at most ${most}` }),
  },
})

export const users: Route[] = [
  {
    operation: 'users.page',
    on: 'GET /api/user/all',
    tokens: access,
    input: { page: count('page', '0'), size: count('size', '1', '100') },
    reply: { status: 200, body: page },
  },
  {
    operation: 'roles.list',
    on: 'GET /api/user/role/all',
    tokens: access,
    reply: { status: 200, body: { $each: '#roles', as: { id: '$id', name: '$name' } } },
  },
  {
    operation: 'users.public',
    on: 'GET /api/user/:id',
    input: { id },
    reply: {
      status: 200,
      body: { id: '$user.number', username: '$user.name', createdAt: '$user.created_at|rfc3339' },
    },
    errors: { not_found: { message: 'User not found. Id: ${input.id}' } },
  },
  {
    operation: 'users.update',
    on: 'PUT /api/user/:id',
    tokens: access,
    input: {
      id,
      name: username,
      email,
      roles: {
        names: ['rolesIds'],
        codec: 'roles',
        by: 'id',
        required: true,
        min: 1,
        say: { not_allowed: 'Some roles not found', '*': 'Roles are required' },
      },
    },
    reply: { status: 200, body: '$user' },
    errors: { not_found: { status: 400, message: 'User not found' } },
  },
  {
    operation: 'users.edit',
    on: 'PATCH /api/user/:id/is-enabled',
    tokens: access,
    input: {
      id,
      enabled: { names: ['isEnabled'], required: true, say: { '*': 'isEnabled is required' } },
    },
    reply: nothing,
    errors: { not_found: { status: 400, message: 'User not found' } },
  },
]
