// Administrators for tests, made the way that real ones are: by the one-time link, and by whoever has the machine.
import { native, operations } from '@sallyport/protocol'
import { callOperation } from '../compose.js'
import type { Browser } from './browser.js'
import type { Sallyport, SignedUp } from './sallyport.js'

const operator = { kind: 'operator', id: 'operator test', full: true } as const
const caller = { contract: native, requestId: 'test', ip: 'local', administrator: operator }

/** Calls an operation as the operator of this very server. */
// biome-ignore lint/suspicious/noExplicitAny: tests read members of answers without declaring them first
export async function operate({ server }: Sallyport, name: string, input: object = {}): Promise<any> {
  const operation = operations.find((one) => one.name === name)
  if (!operation) throw new Error(`no operation ${name}`)
  return callOperation(server.context, operation, caller, input)
}

/** The first administrator of a server, and a client that speaks for them. */
export async function setUp(sallyport: Sallyport): Promise<SignedUp & { browser: Browser }> {
  const { token } = await operate(sallyport, 'setup.link')
  const email = 'root@example.com'
  const password = 'keeper of all the keys'
  const answer = await sallyport.browser().post('/v1/setup', { token, email, password })
  if (answer.status !== 200) throw new Error(`set-up answered ${answer.status}: ${answer.text}`)
  const signedUp = answer.json as SignedUp
  return { ...signedUp, email, password, browser: sallyport.as(signedUp) }
}

let made = 0

/** Somebody with these roles, signed in. */
export async function withRoles(
  sallyport: Sallyport,
  ...roles: string[]
): Promise<SignedUp & { browser: Browser }> {
  const user = await sallyport.signUp()
  await operate(sallyport, 'users.update', { id: user.user.id, roles })
  return { ...user, browser: sallyport.as(user) }
}

/** A client with an API key of these scopes, and the key's id. */
export async function machine(sallyport: Sallyport, ...scopes: string[]): Promise<Browser & { id: string }> {
  made += 1
  const { api_key, id } = await operate(sallyport, 'apikeys.create', { name: `machine ${made}`, scopes })
  return Object.assign(sallyport.as({ access_token: api_key }), { id })
}
