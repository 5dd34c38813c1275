// A customer: signs up, logs in, refreshes, renames and logs out in a loop, keeps the ledger, and after a lost answer
// does what a client does, which is to ask again. What must never happen is thrown as an Error.
import { randomUUID } from 'node:crypto'
import { type Answer, type Client, Lost } from './client.js'
import { type Device, type Ledger, note, type Person, sidOf } from './ledger.js'
import type { Random } from './random.js'

export interface Customer {
  readonly client: Client
  readonly ledger: Ledger
  readonly random: Random
  /** Its own part of the ledger: no two customers share a session or a person. */
  readonly people: Person[]
  readonly devices: Device[]
  /** Whether it signs up and logs in, which takes the time of a hash; the others are quick. */
  readonly enters: boolean
  /** Requests under way, of all customers together. */
  readonly traffic: { writes: number }
}

/** Does one thing chosen at random. Throws Lost where its answer was lost, and has noted the doubt by then. */
export async function actOnce(customer: Customer): Promise<void> {
  const live = customer.devices.filter(({ state }) => state === 'live')
  const device = live[customer.random.below(live.length)]
  const choice = customer.random.below(100)
  if (!device || (customer.enters && choice < 30)) return signUp(customer)
  if (customer.enters && choice < 60) return logIn(customer, device.person)
  if (choice >= 60 && choice < 66 && live.length > 1) return logOut(customer, device)
  if (choice >= 66 && choice < 80 && device.access) return rename(customer, device)
  return refresh(customer, device)
}

/** Asks again about everything in doubt: each doubt has to end, and nobody may find himself logged out. */
export async function settle(customer: Customer): Promise<void> {
  for (const person of customer.people) {
    if (!person.known) await signUpAgain(customer, person)
    if (person.maybeName !== undefined) await readName(customer, person)
  }
  for (const device of customer.devices) {
    if (device.doubt === 'refresh') await refreshAgain(customer, device)
    if (device.doubt === 'logout') await logOut(customer, device)
  }
}

async function write(customer: Customer, what: string, ask: () => Promise<Answer>): Promise<Answer> {
  customer.traffic.writes += 1
  try {
    const answer = await ask()
    note(customer.ledger, what)
    return answer
  } catch (error) {
    note(customer.ledger, `${what} lost`)
    throw error
  } finally {
    customer.traffic.writes -= 1
  }
}

async function signUp(customer: Customer): Promise<void> {
  const email = `${randomUUID()}@example.com`
  const person: Person = { email, password: `ivy on the wall ${email.slice(0, 4)}`, known: false, name: null }
  customer.people.push(person)
  customer.ledger.people.push(person)
  await signUpAgain(customer, person)
}

async function signUpAgain(customer: Customer, person: Person): Promise<void> {
  const { email, password } = person
  const ask = () => customer.client.post('/v1/signup', { email, password })
  const answer = await straying(customer, () => write(customer, 'sign-up', ask))
  person.known = true
  if (answer.status === 409) return logIn(customer, person)
  expectStatus(answer, 201, `sign-up of ${email}`)
  addDevice(customer, person, answer)
}

async function logIn(customer: Customer, person: Person): Promise<void> {
  const { email: identifier, password } = person
  const ask = () => customer.client.post('/v1/login', { identifier, password })
  const answer = await straying(customer, () => write(customer, 'log-in', ask))
  expectStatus(answer, 200, `log-in of ${identifier}`)
  addDevice(customer, person, answer)
}

/** Runs what makes a session; where the answer is lost, there may be one that nobody knows. */
async function straying(customer: Customer, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask()
  } catch (error) {
    customer.ledger.strays += 1
    throw error
  }
}

function addDevice(customer: Customer, person: Person, { json }: Answer): void {
  const token = json.refresh_token as string
  const access = json.access_token as string
  const device: Device = { person, sid: sidOf(token), token, access, state: 'live' }
  customer.devices.push(device)
  customer.ledger.devices.push(device)
}

async function refresh(customer: Customer, device: Device): Promise<void> {
  device.doubt = 'refresh'
  device.attempt = customer.random.below(2) === 0 ? undefined : randomUUID()
  take(device, await write(customer, 'refresh', () => askRefresh(customer, device)))
}

/** Twice at once, as a client may that has lost its answer; both must bring the same. */
async function refreshAgain(customer: Customer, device: Device): Promise<void> {
  const ask = () => write(customer, 'refresh again', () => askRefresh(customer, device))
  const answers = await Promise.allSettled([ask(), ask()])
  const arrived = answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const failed = answers.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  for (const error of failed) if (!(error instanceof Lost)) throw error
  const tokens = new Set(arrived.map(({ json }) => json.refresh_token))
  for (const answer of arrived) expectStatus(answer, 200, `repeated refresh of ${device.sid}`)
  if (tokens.size > 1)
    throw new Error(`two answers to one token of ${device.sid} brought different successors`)
  if (!arrived[0]) throw failed[0]
  take(device, arrived[0])
}

function askRefresh({ client }: Customer, { token, attempt }: Device): Promise<Answer> {
  return client.post('/v1/refresh', { refresh_token: token, ...(attempt && { attempt_id: attempt }) })
}

function take(device: Device, answer: Answer): void {
  expectStatus(answer, 200, `refresh of ${device.sid}`)
  device.token = answer.json.refresh_token as string
  device.access = answer.json.access_token as string
  device.doubt = undefined
  if (sidOf(device.token) !== device.sid) throw new Error(`${device.sid} was given another session's token`)
}

async function logOut(customer: Customer, device: Device): Promise<void> {
  device.doubt = 'logout'
  const ask = () => customer.client.post('/v1/logout', { refresh_token: device.token })
  expectStatus(await write(customer, 'log-out', ask), 204, `log-out of ${device.sid}`)
  device.doubt = undefined
  device.state = 'ended'
}

async function rename(customer: Customer, { person, access }: Device): Promise<void> {
  const name = `Ada ${randomUUID()}`
  person.maybeName = name
  const answer = await write(customer, 'rename', () => customer.client.patch('/v1/me', { name }, access))
  expectStatus(answer, 200, `renaming of ${person.email}`)
  person.name = name
  person.maybeName = undefined
}

async function readName(customer: Customer, person: Person): Promise<void> {
  const device = customer.devices.find((one) => one.person === person && one.access && one.state === 'live')
  if (!device || device.doubt === 'logout') return
  const answer = await customer.client.get('/v1/me', device.access)
  expectStatus(answer, 200, `profile of ${person.email}`)
  const name = (answer.json.name as string | undefined) ?? null
  if (name !== person.name && name !== person.maybeName)
    throw new Error(`${person.email} is called ${name}, and was told ${person.name}`)
  person.name = name
  person.maybeName = undefined
}

/** Tries everything the ledger holds at the server itself: what lives goes on, what was ended is dead. */
export async function tryEverything(customer: Customer): Promise<void> {
  await settle(customer)
  for (const device of customer.devices)
    if (device.state === 'live') await refresh(customer, device)
    else {
      const answer = await askRefresh(customer, { ...device, attempt: undefined })
      expectStatus(answer, 401, `refresh of ${device.sid} after its log-out`)
    }
  for (const person of customer.people.slice(-3)) await logIn(customer, person)
}

function expectStatus(answer: Answer, status: number, what: string): void {
  if (answer.status === status) return
  throw new Error(`${what} answered ${answer.status} ${JSON.stringify(answer.json)}`)
}
