// Two engines as one store: some tables live in one that may lose them, all others in the durable one. Between the two
// nothing is atomic, so the order of a write over both is what makes it safe; see `atomically`. No engine's name is known
// here.
import { anyTable } from './door.js'
import type { Engine, Where, Write } from './store.js'
import type { AnyTable, Table } from './table.js'

export interface Parts {
  readonly durable: Engine
  readonly ephemeral: Engine
  /** Names of the tables that live in the ephemeral engine. */
  readonly names: ReadonlySet<string>
  /** Whether the store is of use while the ephemeral engine is away. */
  readonly doWithout: boolean
}

/** The store over both. Migrations are the durable engine's. */
export function splitStore({ durable, ephemeral, names, doWithout }: Parts): Engine {
  const on = (table: { readonly name: string }) => (names.has(table.name) ? ephemeral : durable)
  return {
    ...durable,
    insert: (table, row) => on(table).insert(table, row),
    get: (table, key) => on(table).get(table, key),
    list: (table, query) => on(table).list(table, query),
    count: (table, where, cap) => on(table).count(table, where, cap),
    update: (table, where, set) => on(table).update(table, where, set),
    increment: (table, row, column, by) => on(table).increment(table, row, column, by),
    take: (table, where) => on(table).take(table, where),
    remove: (table, where, limit) => on(table).remove(table, where, limit),
    atomically: (writes) => atomically(durable, ephemeral, sorted(writes, names)),
    sweep: async (limit, done) => (await durable.sweep(limit, done)) + (await ephemeral.sweep(limit, done)),
    ping: async () => {
      await durable.ping()
      if (!doWithout) await ephemeral.ping()
    },
    close: async () => {
      await ephemeral.close()
      await durable.close()
    },
  }
}

interface Sorted {
  readonly durable: readonly Write[]
  readonly removals: readonly Write[]
  readonly inserts: readonly (Write & { verb: 'insert' })[]
  readonly updates: readonly (Write & { verb: 'update' })[]
}

function sorted(writes: readonly Write[], names: ReadonlySet<string>): Sorted {
  const own = writes.filter(({ table }) => names.has(table.name))
  return {
    durable: writes.filter(({ table }) => !names.has(table.name)),
    removals: own.filter(({ verb }) => verb === 'remove'),
    inserts: own.filter((step) => step.verb === 'insert'),
    updates: own.filter((step) => step.verb === 'update'),
  }
}

/**
 * What takes away comes first: a code that was spent stays spent, whatever fails afterwards. Then what is new, which
 * nobody knows of before the answer and which is taken back where the durable act does not happen; so an ephemeral engine
 * that is away stops the write before anything durable was done. Then the durable act. Last what lets a row that is there
 * live on, such as a session that moves into its user's new epoch: earlier, it could outlive an end that somebody else
 * wrote meanwhile. What fails here leaves that row behind, ended.
 */
async function atomically(durable: Engine, ephemeral: Engine, writes: Sorted): Promise<boolean> {
  const { removals, inserts, updates } = writes
  for (const step of updates) if (!(await fits(ephemeral, step))) return false
  if (removals.length > 0 && !(await ephemeral.atomically(removals))) return false
  const put: Write[] = []
  let done = false
  try {
    for (const step of inserts) {
      await ephemeral.atomically([step])
      put.push(step)
    }
    done = writes.durable.length === 0 || (await durable.atomically(writes.durable))
  } finally {
    // Where it cannot be taken back it runs out by itself, unknown to everybody.
    if (!done) await takeBack(ephemeral, put).catch(() => {})
  }
  if (done && updates.length > 0) await ephemeral.atomically(updates)
  return done
}

/** Whether as many rows as expected match now: else the callers are told before anything is written. */
async function fits(
  ephemeral: Engine,
  { table, where, expect }: Write & { verb: 'update' },
): Promise<boolean> {
  if (expect === undefined) return true
  return (await ephemeral.count(table as unknown as Table, where as Where<never>, expect + 1)) === expect
}

async function takeBack(ephemeral: Engine, inserted: readonly Write[]): Promise<void> {
  for (const step of inserted)
    if (step.verb === 'insert')
      await ephemeral.remove(step.table as unknown as Table, keyOf(step.table, step.row as object))
}

function keyOf(table: AnyTable, row: object): Where<never> {
  const values = row as Record<string, unknown>
  return Object.fromEntries(anyTable(table as never).key.map((name) => [name, values[name]])) as Where<never>
}
