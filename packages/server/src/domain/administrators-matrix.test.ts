import { createApiKey, Failure, native, type Operation, operations } from '@sallyport/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { machine, operate, setUp, withRoles } from '../testing/administrator.js'
import { openSallyport, type Sallyport, type SignedUp } from '../testing/sallyport.js'
import { told } from '../testing/told.js'
import { authenticate } from './access.js'
import { apiKeys } from './tables.js'

const administrative = operations.filter(({ caller }) => caller === 'admin')
const operators = operations.filter(({ caller }) => caller === 'operator')
const nowhere = '00000000-0000-7000-8000-000000000000'
const writes = ({ effect }: Operation) => effect === 'write'
const scopesOf = (properties: typeof createApiKey.input.properties) =>
  properties!.scopes!.items!.enum as readonly string[]
/** What an API key can be given; nothing of API keys is among it. */
const grantable = scopesOf(createApiKey.input.properties)

let sallyport: Sallyport
const tokens: Record<string, string> = {}
const keys: Record<string, { with: string; without: string }> = {}

interface Who {
  readonly token: (operation: Operation) => string | undefined
  /** What they are told; undefined where they are let in. */
  readonly refusal: (operation: Operation) => string | undefined
}

const bearer = (name: string) => () => tokens[name]
const always = (refusal: string) => () => refusal
/** Everybody who may ask, and what each is told: nothing here is taken from the code that decides. */
const everybody: Record<string, Who> = {
  nobody: { token: () => undefined, refusal: always('401 token_missing') },
  'a stranger with rubbish': { token: () => 'x.y.z', refusal: always('401 access_token_invalid') },
  'a user': { token: bearer('user'), refusal: always('403 forbidden') },
  'a user with a role of the application': { token: bearer('editor'), refusal: always('403 forbidden') },
  'a user whose role is spelled like one': { token: bearer('almost'), refusal: always('403 forbidden') },
  'an auditor': {
    token: bearer('auditor'),
    refusal: (operation) => (writes(operation) ? '403 forbidden' : undefined),
  },
  'an administrator': { token: bearer('admin'), refusal: () => undefined },
  'an administrator who proved themselves 15 minutes and a second ago': {
    token: bearer('stale'),
    refusal: (operation) => (writes(operation) ? '401 step_up_required' : undefined),
  },
  'an administrator who proved themselves 15 minutes ago': {
    token: bearer('late'),
    refusal: () => undefined,
  },
  'an administrator’s refresh token': {
    token: bearer('refresh'),
    refusal: always('401 access_token_invalid'),
  },
  'an administrator whose token has run out': {
    token: bearer('expired'),
    refusal: always('401 access_token_expired'),
  },
  'an administrator who logged out': { token: bearer('gone'), refusal: always('401 session_ended') },
  'an administrator who was disabled': { token: bearer('disabled'), refusal: always('401 session_ended') },
  'an administrator who was deleted': { token: bearer('deleted'), refusal: always('401 session_ended') },
  'an administrator who was demoted': { token: bearer('demoted'), refusal: always('403 forbidden') },
  'a user who was made an administrator': { token: bearer('promoted'), refusal: () => undefined },
  'an API key with the scope': {
    token: ({ scope }) => keys[scope!]?.with ?? tokens.every,
    refusal: ({ scope }) => (grantable.includes(scope!) ? undefined : '403 forbidden'),
  },
  'an API key with every scope but this one': {
    token: ({ scope }) => keys[scope!]?.without ?? tokens.every,
    refusal: always('403 forbidden'),
  },
  'an API key that has ended': { token: bearer('ended'), refusal: always('401 access_token_invalid') },
  'an API key that was removed': { token: bearer('removed'), refusal: always('401 access_token_invalid') },
  'an API key that nobody made': {
    token: () => `ak_${'A'.repeat(43)}`,
    refusal: always('401 access_token_invalid'),
  },
}

beforeAll(async () => {
  sallyport = await openSallyport()
  const root = await setUp(sallyport)
  tokens.expired = root.access_token
  tokens.ended = await keyOf(grantable, '10m')
  const stale = await withRoles(sallyport, 'admin')
  sallyport.clock.advance(1000)
  const late = await withRoles(sallyport, 'admin')
  sallyport.clock.advance(15 * 60_000)
  tokens.stale = await refreshed(stale)
  tokens.late = await refreshed(late)
  await people()
  for (const scope of grantable) {
    const others = grantable.filter((one) => one !== scope)
    keys[scope] = { with: await keyOf([scope]), without: await keyOf(others) }
  }
  tokens.every = await keyOf(grantable)
})
afterAll(() => sallyport.close())

const keyOf = async (scopes: readonly string[], expires_in = '1h'): Promise<string> =>
  (await operate(sallyport, 'apikeys.create', { name: 'matrix', scopes, expires_in })).api_key
const refreshed = async ({ refresh_token }: SignedUp): Promise<string> =>
  (await sallyport.browser().post('/v1/refresh', { refresh_token })).json.access_token

async function people(): Promise<void> {
  const admins = ['admin', 'refresh', 'gone', 'disabled', 'deleted', 'demoted']
  const made: Record<string, SignedUp> = {}
  for (const name of admins) made[name] = await withRoles(sallyport, 'admin')
  for (const name of ['user', 'promoted']) made[name] = await sallyport.signUp()
  made.editor = await withRoles(sallyport, 'editor', 'owner')
  made.almost = await withRoles(sallyport, 'administrator', 'admin.', 'admins', 'superadmin')
  made.auditor = await withRoles(sallyport, 'auditor')
  for (const [name, { access_token }] of Object.entries(made)) tokens[name] = access_token
  tokens.refresh = made.refresh!.refresh_token
  await sallyport.as(made.gone!).post('/v1/logout')
  await operate(sallyport, 'users.disable', { id: made.disabled!.user.id })
  await operate(sallyport, 'users.delete', { id: made.deleted!.user.id })
  await operate(sallyport, 'users.update', { id: made.demoted!.user.id, roles: ['editor'] })
  await operate(sallyport, 'users.update', { id: made.promoted!.user.id, roles: ['admin'] })
  const removed = await machine(sallyport, ...grantable)
  tokens.removed = removed.bearer!
  await sallyport.server.context.store.remove(apiKeys, { id: removed.id })
}

const routesOf = ({ name }: Operation) => native.routes.filter(({ operation }) => operation === name)

/** What the wire tells; a wrong body or an unknown id is told to those who were let in. */
async function ask(operation: Operation, token: string | undefined): Promise<string | undefined> {
  const [method, place] = routesOf(operation)[0]!.on.split(' ') as [string, string]
  const browser = sallyport.browser()
  browser.bearer = token
  const body = method === 'GET' ? undefined : {}
  const answer = await browser.send(method, place.replace(/:\w+/g, nowhere), body)
  const said = told(answer)
  return answer.status === 401 || answer.status === 403 ? said : undefined
}

/** What the rule itself tells, whether or not a wire leads to the operation. */
async function judge(operation: Operation, token: string | undefined): Promise<string | undefined> {
  const credentials = token === undefined ? [] : [{ kind: 'access', from: 'bearer', value: token } as const]
  const facts = { contract: native, requestId: 'test', ip: '127.0.0.1' }
  try {
    const caller = await authenticate(sallyport.server.context, operation, credentials, facts)
    if (!caller.administrator) throw new Error('let in as nobody')
    return undefined
  } catch (error) {
    if (error instanceof Failure) return `${error.code}`
    throw error
  }
}

describe.each(administrative.map((operation) => [operation.name, operation] as const))(
  '%s',
  (_, operation) => {
    it.each(Object.keys(everybody))('asked by %s', async (name) => {
      const { token, refusal } = everybody[name]!
      const expected = refusal(operation)
      expect(await judge(operation, token(operation))).toBe(expected?.slice(4))
      if (!operation.foreign) expect(await ask(operation, token(operation))).toBe(expected)
    })

    it('is routed unless it is for foreign contracts alone, and its scope says whether it changes anything', () => {
      expect(routesOf(operation)).toHaveLength(operation.foreign ? 0 : 1)
      expect(operation.scope!.endsWith(':write')).toBe(writes(operation))
    })
  },
)

describe('what only the operator does', () => {
  it.each(operators.map((operation) => [operation.name, operation] as const))('%s', async (_, operation) => {
    expect(routesOf(operation)).toEqual([])
    for (const name of ['admin', 'every', 'user'])
      expect(await judge(operation, tokens[name])).toBe('not_found')
    expect(await judge(operation, undefined)).toBe('not_found')
  })
})

it('covers every operation that is not for everybody’s own things', () => {
  expect(administrative.length).toBeGreaterThan(15)
  expect(operators.length).toBeGreaterThan(3)
  const rules = new Set(operations.map(({ caller }) => caller))
  expect([...rules].filter((rule) => rule === undefined)).toEqual([])
  expect(grantable.some((scope) => scope.startsWith('apikeys:'))).toBe(false)
})
