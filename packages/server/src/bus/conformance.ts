// What every bus does, as named cases; an engine's test opens nodes and calls `conformance`. A case says what those who
// announce and hear see, never how an engine gets there.
import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { Bus } from './bus.js'

export interface BusHarness {
  /** Another node. */
  open(): Promise<Bus>
  /** A node of another installation, on the same server. */
  openElsewhere(): Promise<Bus>
  /** Cuts every connection of the nodes at the other end. */
  cut(): Promise<void>
  /** How long a case waits for what has to come, in milliseconds; 20 s where not given. */
  readonly limit?: number
}

interface Case {
  readonly name: string
  run(harness: BusHarness, node: () => Promise<Listener>): Promise<void>
}

/** A node that counts what it hears, and what stands in the table of which the bus only tells. */
interface Listener {
  readonly bus: Bus
  heard: number
  /** What it read when it last heard. */
  seen: number
}

/** The table: its newest row. */
const table = { newest: 0 }

function attend(bus: Bus): Listener {
  const listener = { bus, heard: 0, seen: -1 }
  bus.hear(() => {
    listener.heard += 1
    listener.seen = table.newest
  })
  return listener
}

/** Writes a row and announces it. */
function change({ bus }: Pick<Listener, 'bus'>): void {
  table.newest += 1
  bus.announce()
}

let limit = 0

async function until(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + limit
  while (!holds()) {
    assert.ok(performance.now() < end, `${what}: not within ${limit} ms`)
    await pause(2)
  }
}

const knowsAll = (...listeners: Listener[]) =>
  until('every node knows the newest row', () => listeners.every(({ seen }) => seen === table.newest))

/** Nodes that are connected and were told what every node is told at first. */
async function nodes(node: () => Promise<Listener>, count: number): Promise<Listener[]> {
  const made: Listener[] = []
  for (let i = 0; i < count; i++) made.push(await node())
  await until('the nodes are connected', () => made.every(({ bus, heard }) => bus.isConnected() && heard > 0))
  return made
}

const many = 1000

export const cases: readonly Case[] = [
  {
    name: 'whoever begins to hear is told that something may have been missed',
    run: async (_, node) => {
      await knowsAll(await node())
    },
  },
  {
    name: 'what one node announces every other node hears, and each of its hearers',
    run: async (_, node) => {
      const [here, there, third] = (await nodes(node, 3)) as [Listener, Listener, Listener]
      const second = attend(there.bus)
      await knowsAll(second)
      for (const from of [here, third]) {
        change(from)
        await knowsAll(...[here, there, second, third].filter((one) => one !== from))
      }
    },
  },
  {
    name: 'a node does not hear itself',
    run: async (_, node) => {
      const [here, there] = (await nodes(node, 2)) as [Listener, Listener]
      const { heard } = here
      change(here)
      await knowsAll(there)
      change(there)
      await knowsAll(here)
      assert.equal(here.heard, heard + 1)
    },
  },
  {
    name: 'a thousand announcements at once are few, and the last one counts',
    run: async (_, node) => {
      const [here, there] = (await nodes(node, 2)) as [Listener, Listener]
      const { heard } = there
      for (let i = 0; i < many; i++) {
        change(here)
        if (i % 100 === 0) await pause(1)
      }
      await knowsAll(there)
      assert.ok(there.heard - heard < many / 10, `${there.heard - heard} of ${many} were sent`)
    },
  },
  {
    name: 'a node that announces need not hear',
    run: async ({ open }, node) => {
      const [there] = (await nodes(node, 1)) as [Listener]
      const bus = await open()
      change({ bus })
      await knowsAll(there)
      await bus.close()
    },
  },
  {
    name: 'installations beside each other do not hear each other',
    run: async ({ openElsewhere }, node) => {
      const [here, there] = (await nodes(node, 2)) as [Listener, Listener]
      const strange = await nodes(async () => attend(await openElsewhere()), 2)
      const [first, second] = strange as [Listener, Listener]
      const { heard } = first
      change(here)
      await knowsAll(there)
      change(second)
      await knowsAll(first)
      assert.equal(first.heard, heard + 1)
      for (const { bus } of strange) await bus.close()
    },
  },
  {
    name: 'a cut heals, whoever was cut off is told, and hears again',
    run: async ({ cut }, node) => {
      const [here, there] = (await nodes(node, 2)) as [Listener, Listener]
      const before = [here.heard, there.heard] as const
      await cut()
      await until('both were told', () => here.heard > before[0] && there.heard > before[1])
      await until('both are back', () => here.bus.isConnected() && there.bus.isConnected())
      change(here)
      await knowsAll(there)
      change(there)
      await knowsAll(here)
    },
  },
  {
    name: 'what is announced while nothing gets through is not lost',
    run: async ({ cut }, node) => {
      const all = (await nodes(node, 3)) as [Listener, Listener, Listener]
      const cutting = cut()
      for (const one of all) change(one)
      await cutting
      for (const one of all) change(one)
      await knowsAll(...all)
    },
  },
  {
    name: 'closing passes on what was announced, and then nothing is heard or sent',
    run: async ({ open }, node) => {
      const [here, there] = (await nodes(node, 2)) as [Listener, Listener]
      const last = await open()
      change({ bus: last })
      await last.close()
      await knowsAll(there)
      await here.bus.close()
      await here.bus.close()
      const { heard } = here
      last.announce()
      here.bus.announce()
      change(await node())
      await knowsAll(there)
      assert.deepEqual([here.heard, here.bus.isConnected()], [heard, false])
    },
  },
]

/** The part of vitest that the suite needs. */
interface Runner {
  describe(name: string, body: () => void): void
  test: ((name: string, body: () => Promise<void>) => void) & { skip(name: string): void }
}

/**
 * Registers every case as a test of the engine whose nodes the harness opens. `skip` gives the reason for each case that
 * is left out; it is printed.
 */
export function conformance(
  { describe, test }: Runner,
  name: string,
  harness: BusHarness,
  skip: Readonly<Record<string, string>> = {},
): void {
  describe(`the bus ${name} conforms`, () => {
    for (const one of cases) {
      const reason = skip[one.name]
      if (reason === undefined) test(one.name, () => runCase(harness, one))
      else {
        console.warn(`the bus ${name} skips «${one.name}»: ${reason}`)
        // skipped: the engine's own test gives the reason, which is printed
        test.skip(`${one.name} (skipped: ${reason})`)
      }
    }
  })
}

/** The names of the cases that an engine fails. */
export async function failingCases(harness: BusHarness): Promise<string[]> {
  const failed: string[] = []
  for (const one of cases) await runCase(harness, one).catch(() => failed.push(one.name))
  return failed
}

async function runCase(harness: BusHarness, one: Case): Promise<void> {
  const opened: Bus[] = []
  limit = harness.limit ?? 20_000
  try {
    await one.run(harness, async () => {
      const bus = await harness.open()
      opened.push(bus)
      return attend(bus)
    })
  } finally {
    for (const bus of opened) await bus.close()
  }
}
