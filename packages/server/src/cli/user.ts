// `sallyport user …`: accounts. A user is named by id, address or username.
import {
  createUser,
  deleteUser,
  disableUser,
  enableUser,
  getUser,
  listUsers,
  type OutputOf,
  setUserPassword,
  updateUser,
} from '@sallyport/protocol'
import type { Operator } from '../server.js'
import { askSecret, confirmed, givenPassword, isAttended } from './ask.js'
import type { Call, Run } from './call.js'
import { userId, withOperator } from './open.js'
import { json, listing, moment, out, repeated, say, sheet } from './print.js'
import { usage } from './speak.js'

type User = OutputOf<typeof getUser>['user']

const columns = {
  ID: ({ id }: User) => id,
  EMAIL: ({ email }: User) => email,
  USERNAME: ({ preferred_username }: User) => preferred_username,
  STATUS: ({ status }: User) => status,
  ROLES: ({ roles }: User) => roles.join(' '),
  CREATED: ({ created_at }: User) => moment(created_at),
  'LAST LOG-IN': ({ last_login_at }: User) => moment(last_login_at),
}

export const listAll: Run = (call) =>
  withOperator(call, async (operator) => {
    const { search, status, cursor, limit } = call.options
    const input = {
      limit: limit === undefined ? 50 : Number(limit),
      ...(search !== undefined && { search }),
      ...(status !== undefined && { status: status as 'active' }),
      ...(cursor !== undefined && { cursor }),
    }
    const page = await operator.call(listUsers, input)
    await out(call.options.json ? json(operator.shown(listUsers, page)) : listing(page.items, columns))
    if (!call.options.json) say(`${page.items.length} of about ${page.total_estimate}`)
    if (page.next_cursor !== undefined)
      say(
        `→ sallyport user list ${repeated(call, ['search', 'status', 'limit'])}--cursor ${page.next_cursor}`,
      )
    return 0
  })

export const show: Run = (call) =>
  onUser(call, async (operator, id) => {
    const output = await operator.call(getUser, { id })
    const origin = await operator.originOf(id)
    return printUser(operator, call, output, origin === undefined ? {} : { origin })
  })

export const create: Run = (call) => {
  const { email, username, name, role, emailVerified, password: asks } = call.options
  if (email === undefined && username === undefined)
    throw usage('a user needs an address or a username', 'sallyport user create --email ada@example.com')
  return withOperator(call, async (operator) => {
    const password = asks === false ? undefined : await passwordFor(call)
    const output = await operator.call(createUser, {
      ...(email !== undefined && { email }),
      ...(username !== undefined && { preferred_username: username }),
      ...(name !== undefined && { name }),
      ...(role !== undefined && { roles: role }),
      ...(emailVerified && { email_verified: true }),
      ...(password !== undefined && { password }),
    })
    return printUser(operator, call, output)
  })
}

export const setPassword: Run = (call) =>
  onUser(call, async (operator, id) => {
    const password = await passwordFor(call)
    await operator.call(setUserPassword, { id, password })
    if (call.options.json) return printUser(operator, call, await operator.call(getUser, { id }))
    say('The password is set, and every session of the user has ended.')
    return 0
  })

/** By option, else by prompt; nobody is asked where nobody is. Throws CommandError (2). */
async function passwordFor(call: Call): Promise<string> {
  const given = await givenPassword(call.options, call.command)
  if (given !== undefined) return given
  if (isAttended()) return askSecret('Password')
  const without = call.command === 'user create' ? ', or say --no-password' : ''
  throw usage(
    'no password was given, and nobody is there to ask',
    `Name its file with --password-file, or pipe it in with --password-stdin${without}`,
  )
}

export const disable: Run = (call) =>
  onUser(call, async (operator, id) => {
    const { reason } = call.options
    const output = await operator.call(disableUser, { id, ...(reason !== undefined && { reason }) })
    return printUser(operator, call, output)
  })

export const enable: Run = (call) =>
  onUser(call, async (operator, id) => printUser(operator, call, await operator.call(enableUser, { id })))

export const remove: Run = (call) =>
  onUser(call, async (operator, id) => {
    const { user } = await operator.call(getUser, { id })
    const [name] = call.names
    const again = `sallyport user delete ${name}`
    await confirmed(`Delete ${user.email ?? user.preferred_username ?? id}`, call.options.yes, again)
    await operator.call(deleteUser, { id })
    if (call.options.json) return printUser(operator, call, await operator.call(getUser, { id }))
    say('Deleted. The address stays reserved for 7 days.')
    return 0
  })

export const grant: Run = (call) => changeRoles(call, 'add_roles')

export const revoke: Run = (call) => changeRoles(call, 'remove_roles')

function changeRoles(call: Call, how: 'add_roles' | 'remove_roles') {
  return onUser(call, async (operator, id) => {
    const change = { id, [how]: call.names.slice(1) }
    return printUser(operator, call, await operator.call(updateUser, change))
  })
}

function onUser(call: Call, work: (operator: Operator, id: string) => Promise<number>): Promise<number> {
  const next = { not_found: 'sallyport user list' }
  return withOperator(call, async (operator) => work(operator, await userId(operator, call.names[0]!)), next)
}

async function printUser(
  operator: Operator,
  { options }: Call,
  output: { user: User },
  besides: Record<string, unknown> = {},
): Promise<number> {
  const user = { ...(operator.shown(getUser, output) as Record<string, unknown>), ...besides }
  await out(options.json ? json(user) : sheet(user))
  return 0
}
