// Several customers at once, each with a person of the ledger and that person's sessions, who live on through every
// end of the server.
import { setTimeout as pause } from 'node:timers/promises'
import { type Answer, type Client, createClient, Lost } from './client.js'
import { actOnce, type Customer, settle } from './customer.js'
import type { Gate } from './gate.js'
import type { Ledger } from './ledger.js'
import type { Random } from './random.js'

/** A customer for each person in the ledger; the first two enter, the others stay with the sessions they have. */
export function crowdOf(ledger: Ledger, port: number, random: Random): Customer[] {
  const traffic = { writes: 0 }
  return ledger.people.map((person, index) => ({
    client: createClient(port),
    ledger,
    random,
    traffic,
    enters: index < 2,
    people: [person],
    devices: ledger.devices.filter((device) => device.person === person),
  }))
}

/**
 * Acts while the gate is open and the server answers; waits at the gate else, and asks about what was lost first.
 * Returns when `over` says so; throws what a customer throws.
 */
export async function live(customer: Customer, gate: Gate, over: () => boolean): Promise<void> {
  for (;;) {
    await gate.pass()
    if (over()) return
    try {
      await settle(customer)
      for (;;) await actOnce(customer)
    } catch (error) {
      if (!(error instanceof Lost)) throw error
    }
  }
}

/**
 * A client to whom "unavailable" is an answer that got lost: whoever is told so asks again. A full queue of hashes waits.
 * Throws an Error for any other 503, and for one that does not say when to ask again.
 */
export function doubting(through: Client): Client {
  const heard = async (ask: () => Promise<Answer>): Promise<Answer> => {
    const answer = await ask()
    if (answer.status !== 503) return answer
    if (answer.headers['retry-after'] === undefined) throw new Error('503 without Retry-After')
    await pause(20)
    if (answer.json.code === 'overloaded') return heard(ask)
    if (answer.json.code !== 'store_unavailable') throw new Error(`503 ${answer.json.code}`)
    throw new Lost('the store was unavailable')
  }
  return {
    get: (...words) => heard(() => through.get(...words)),
    post: (...words) => heard(() => through.post(...words)),
    patch: (...words) => heard(() => through.patch(...words)),
    close: through.close,
  }
}

/** Has customers act until work is done; what one lost is asked about first. Throws what work or a customer throws. */
export async function actDuring(customers: readonly Customer[], work: () => Promise<unknown>): Promise<void> {
  let over = false
  const unlessLost = (error: unknown) => {
    if (!(error instanceof Lost)) throw error
  }
  const act = async (customer: Customer) => {
    while (!over)
      await settle(customer)
        .then(() => actOnce(customer), unlessLost)
        .catch(unlessLost)
  }
  const acting = Promise.all(customers.map(act))
  await Promise.race([work(), acting])
  over = true
  await acting
}
