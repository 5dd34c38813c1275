// Upkeep: what has to be done from time to time and what no request waits for. Reading what other processes revoked,
// the change of signing keys, and the removal of rows that no verb sees any more and of accounts whose time to come
// back is over.
import type { Engine } from '../store/store.js'
import type { Context } from './context.js'
import { sessions, users } from './tables.js'

/** How long a deleted account's address stays reserved. Milliseconds. */
const RESERVED = 7 * 86_400_000
const BATCH = 500

/** Removes one batch of accounts that were deleted long enough ago, with what they own. Answers how many. */
async function sweepDeletedUsers(context: Context): Promise<number> {
  const where = { status: 'deleted', updated_at: { lte: context.clock.now() - RESERVED } }
  const order = { by: ['status', 'updated_at'], direction: 'ascending' } as const
  const gone = await context.store.list(users, { where, order, limit: BATCH })
  for (const { id } of gone) {
    await context.store.remove(sessions, { user_id: id })
    await context.store.remove(users, { id, status: 'deleted' })
  }
  return gone.length
}

/** How often each part of the upkeep runs. Milliseconds. */
const EVERY = { changes: 1000, stats: 1000, audit: 1000, keys: 10_000, sweep: 60_000 }

export interface Upkeep {
  start(): void
  /** Ends the timers and waits for what runs. */
  stop(): Promise<void>
  /** Does everything once. */
  now(): Promise<void>
}

/** What has to be done from time to time; a failure is logged and the next round tries again. */
export function housekeeping(context: Context, engine: Engine): Upkeep {
  const tasks = {
    changes: () => context.changes.catchUp(),
    stats: () => context.stats.flush(),
    audit: () => context.audit.settled(),
    keys: () => context.keys.maintain(),
    sweep: async () => {
      await engine.sweep()
      await sweepDeletedUsers(context)
    },
  }
  const names = Object.keys(tasks) as (keyof typeof tasks)[]
  const running = new Map<string, Promise<void>>()
  const timers: NodeJS.Timeout[] = []
  const run = (name: keyof typeof tasks) => {
    if (running.has(name)) return
    const task = tasks[name]()
      .catch((error: unknown) => context.log.warn({ err: error, task: name }, 'upkeep failed'))
      .finally(() => running.delete(name))
    running.set(name, task)
  }
  return {
    start: () => {
      for (const name of names) timers.push(setInterval(() => run(name), EVERY[name]).unref())
    },
    stop: async () => {
      for (const timer of timers) clearInterval(timer)
      await Promise.all(running.values())
    },
    now: async () => {
      for (const name of names) await tasks[name]()
    },
  }
}
