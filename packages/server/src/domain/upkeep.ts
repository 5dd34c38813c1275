// Upkeep: what has to be done from time to time and what no request waits for. Reading what other processes revoked,
// the change of signing keys, the sending of messages, the setting of the clock, and the removal of rows that no verb
// sees any more and of accounts whose time to come back is over.
import { setTimeout as rest } from 'node:timers/promises'
import type { Engine } from '../store/store.js'
import type { Context } from './context.js'
import { sweepDeletedUsers } from './deletion.js'
import type { OutboxWorker } from './outbox-worker.js'

const BATCH = 500

/** So many batches in a row without anything to remove end a sweep until the next one. */
const VAIN_BATCHES = 20

/**
 * Removes what is over in batches, and goes on while there is any: a server that was busy or switched off for long must
 * not need days for it. After each batch it rests for as long as the batch took, so that requests come first.
 */
async function sweep(context: Context, engine: Engine, stopped: () => boolean): Promise<void> {
  // Tables that were seen whole, with nothing to remove: most are small, and an idle database is not asked twice.
  const done = new Set<string>()
  let vain = 0
  for (let batch = 1; vain < VAIN_BATCHES && !stopped(); batch++) {
    const began = performance.now()
    const removed = (await engine.sweep(BATCH, done)) + (await sweepDeletedUsers(context))
    vain = removed === 0 ? vain + 1 : 0
    // Where rows come to their end without a pause, this sweep has no end, and whatever is done has its turn again.
    if (batch % VAIN_BATCHES === 0) done.clear()
    await rest(performance.now() - began)
  }
}

/** How often each part of the upkeep runs. Milliseconds. */
const EVERY = {
  changes: 1000,
  stats: 1000,
  audit: 1000,
  outbox: 1000,
  notices: 60_000,
  clock: 60_000,
  keys: 10_000,
  sweep: 60_000,
}

export interface Upkeep {
  start(): void
  /** Ends the timers and waits for what runs. */
  stop(): Promise<void>
  /** Does everything once. */
  now(): Promise<void>
}

/** What the upkeep looks after, besides what an operation may touch. */
export interface Kept {
  readonly engine: Engine
  readonly worker: OutboxWorker
  /** Sets the clock by the database's. */
  setClock(): Promise<void>
}

/** What has to be done from time to time; a failure is logged and the next round tries again. */
export function housekeeping(context: Context, { engine, worker, setClock }: Kept): Upkeep {
  let stopped = false
  const tasks = {
    changes: () => context.changes.catchUp(),
    stats: () => context.stats.flush(),
    audit: () => context.audit.settled(),
    outbox: () => worker.round(),
    notices: () => context.notices.settled(),
    clock: setClock,
    keys: () => context.keys.maintain(),
    sweep: () => sweep(context, engine, () => stopped),
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
      stopped = true
      for (const timer of timers) clearInterval(timer)
      await Promise.all(running.values())
      await worker.stop()
    },
    now: async () => {
      for (const name of names) await tasks[name]()
      await worker.settled()
    },
  }
}
