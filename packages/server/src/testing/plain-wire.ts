// A wire contract in the operations' own names, for tests of what a contract may say besides: `POST /w/<operation>`.
import type { Contract, Route, Template, TokenSource } from '@sallyport/protocol'
import type { Answer } from './browser.js'

const tokens: TokenSource[] = [{ from: 'bearer', kind: 'access' }]
const pair = { access_token: '$access_token', refresh_token: '$refresh_token', user: '$user' }
const user = {
  id: '$id',
  email: '$email',
  email_verified: '$email_verified',
  preferred_username: '$preferred_username',
  name: '$name',
  picture: '$picture',
  roles: '$roles',
  status: '$status',
}
const shownUser = { user: '$user' }
const page = {
  users: { $each: '$items', as: '$email' },
  ...Object.fromEntries(
    ['total', 'pages', 'page', 'size', 'count', 'first', 'last', 'empty'].map((name) => [name, `$${name}`]),
  ),
}

const route = (operation: string, body?: Template, more: Partial<Route> = {}): Route => ({
  operation,
  on: `POST /w/${operation}`,
  reply: { status: 200, ...(body !== undefined && { body }) },
  ...more,
})

const routes: readonly Route[] = [
  route('signup', pair, { instead: [{ when: 'next', reply: { status: 202, body: { next: '$next' } } }] }),
  route('signup.register', shownUser),
  route('login', pair),
  route('email.confirm', shownUser),
  route('email.resend', { expires_in: '$expires_in|seconds' }),
  route('password.forgot', { expires_in: '$expires_in|seconds' }),
  route('password.reset'),
  route('password.replace', {}, { tokens }),
  route('profile.get', '$user', { tokens }),
  route('profile.update', '$user', { tokens }),
  route('users.page', page, { tokens }),
  route('users.view', shownUser, { tokens }),
  route('users.edit', shownUser, { tokens }),
  route('users.create', shownUser, { tokens }),
  route('users.public', { id: '$user.id', name: '$user.name', since: '$user.created_at|rfc3339' }),
  route('keys.pem', { public_key: '$public_key' }),
  route('roles.list', { $each: '#roles', as: '$label' }, { tokens }),
]

/** The contract, with what a test is about. */
export function plainWire(says: Partial<Contract> = {}): Contract {
  const contract: Contract = {
    name: 'plain',
    title: 'Plain',
    transport: { default: 'body', allow: ['body'] },
    cookies: {},
    origin: 'lenient',
    longestAccess: 900,
    type: 'plain+jwt',
    identifiers: ['email', 'username'],
    roles: [{ label: 'Admin', role: 'admin' }, { label: 'User' }],
    user,
    error: {
      contentType: 'application/json',
      body: { code: '$code', fields: { $each: '$fields', as: '$name' } },
    },
    routes,
    ...says,
  }
  return JSON.parse(JSON.stringify(contract))
}

/** `200` for a success, else the status, the code, and the members that are named. */
export function said({ status, json }: Answer): string {
  if (status < 400) return String(status)
  return [status, json.code, ...(json.fields ?? [])].join(' ')
}
