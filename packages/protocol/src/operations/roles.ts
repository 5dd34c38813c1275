import { operation } from '../operation.js'
import { nothing } from '../schema.js'

export const listRoles = operation({
  name: 'roles.list',
  summary:
    'For administrators who look at the roles of a contract: its reply prints them, `{ "$each": "#roles", … }`.',
  caller: 'admin',
  scope: 'users:read',
  effect: 'read',
  input: nothing,
  output: nothing,
  errors: [],
  foreign: true,
})
