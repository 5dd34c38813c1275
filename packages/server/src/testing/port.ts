// Ports for what a test starts by number: the program, a gateway, a database of its own.
import { createServer } from 'node:net'

const first = 20_000
/** For each worker of the test run, so that two never draw the same. */
const share = 2_500
const worker = (Number(process.env.VITEST_POOL_ID ?? 1) - 1) % 4
let next = Math.floor(Math.random() * share)

/**
 * A port of 127.0.0.1 that nobody listens on, below those that outgoing connections are given, and that no other call
 * answers soon: it stays free until whoever asked listens on it, and while they start anew.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < share; tries++) {
    next = (next + 1) % share
    const port = first + worker * share + next
    if (await isFree(port)) return port
  }
  throw new Error(`none of ${share} ports from ${first + worker * share} is free`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
