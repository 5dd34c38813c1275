// Several customers at once, each with a person of the ledger and that person's sessions, who live on through every
// end of the server.
import { createClient, Lost } from './client.js'
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
