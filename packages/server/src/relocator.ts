// Letting sessions and codes live elsewhere: in a Redis instead of the database, back again, or in another Redis. The record
// of where they live goes first, so that from then on no server works on the old place and none starts on the new one; it is
// good again when nothing is left that could live once more. One that is killed in between is run again.
import { createContext, type ServerOptions } from './compose.js'
import { StartError } from './config/errors.js'
import { openedContracts } from './contracts.js'
import { codes } from './domain/codes-table.js'
import type { Context } from './domain/context.js'
import { holds, type Places, readHold, readHolds, reasonOf } from './domain/holds.js'
import { migrations } from './domain/migrations/index.js'
import { lacking } from './domain/migrations/lacking.js'
import { placing } from './domain/places.js'
import { sessions } from './domain/tables.js'
import { settleRelocated } from './features/secret/after-relocation.js'
import { type Node, openNode } from './nodes.js'
import { close, operatorCaller } from './operator.js'
import { INSIDE, openUnfenced, placesOf, withBeside } from './storage.js'
import { type Engine, StoreUnavailable } from './store/store.js'
import { uuidv7 } from './util/ids.js'

export interface Relocated {
  /** Where what lives elsewhere now lives, by the name of its table; nothing where all was as the settings have it. */
  readonly places: Places
  /** How many sessions were found and ended. */
  readonly sessionsEnded: number
}

export interface Relocation extends ServerOptions {
  /** Whether the Redis is the one of before under another name, with all that it holds, so that nothing has to end. */
  readonly same: boolean
}

/**
 * Lets sessions and codes live where the settings say, and ends those that live elsewhere. Throws StartError where
 * something has to be mended first, and StoreUnavailable.
 */
export async function relocate(order: Relocation): Promise<Relocated> {
  let database: Engine | undefined
  const node = await openNode(order, async (clock) => {
    database = await openUnfenced(order.settings, clock)
    return withBeside(database, order, clock)
  })
  let context: Context | undefined
  try {
    await requireUsable(node.engine)
    const places = await leavingFor(node.engine, await placesOf(order.settings), order.same)
    if (Object.keys(places).length === 0) return { places, sessionsEnded: 0 }
    const move = uuidv7(node.clock.now())
    // Nothing has begun where the new place is away.
    await node.engine.ping()
    await node.engine.atomically(placing(places, { state: 'emptying', move, at: node.clock.now() }))
    context = await createContext(order, node, await openedContracts(order), () => false)
    const sessionsEnded = await settle(context, database!, places, order.same)
    await finish(node, move, places)
    return { places, sessionsEnded }
  } finally {
    if (context) await close(context, node)
    else await node.close()
  }
}

/** Throws StartError where nothing is to be written here. */
async function requireUsable(engine: Engine): Promise<void> {
  const pending = await engine.pending(migrations)
  if (pending.length > 0) throw new StartError(`the database ${lacking(pending)}`, 'sallyport migrate')
  const hold = await readHold(engine)
  if (hold) throw new StartError(`the database cannot be worked with: ${reasonOf(hold)}`, 'Finish that first')
}

/** The new places of what the database knows elsewhere, or in the middle of a change. Throws StartError. */
async function leavingFor(engine: Engine, places: Places, same: boolean): Promise<Places> {
  const known = new Map((await readHolds(engine)).map((row) => [row.id, row]))
  const leaving = Object.entries(places).filter(([name, place]) => {
    const row = known.get(name)
    return row?.state !== 'placed' || row.other !== place
  })
  const wrong = leaving.find(([name, place]) => {
    const row = known.get(name)
    return row?.state !== 'placed' || row.other === INSIDE || place === INSIDE
  })
  if (same && wrong)
    throw new StartError(
      `it is not the same place: ${wrong[0]} live ${known.get(wrong[0])?.other ?? 'nobody knows where'}, and by the settings ${wrong[1]}`,
      'Leave --same out, which ends them',
    )
  return Object.fromEntries(leaving)
}

async function settle(context: Context, database: Engine, places: Places, same: boolean): Promise<number> {
  const leaving = { sessions: sessions.name in places, codes: codes.name in places }
  const caller = operatorCaller()
  const sessionsEnded = same ? 0 : await settleRelocated(context, caller, database, leaving)
  context.events.emit('database.relocated', { ...places, sessionsEnded }, caller)
  await context.audit.settled()
  return sessionsEnded
}

/** The last act. Throws StoreUnavailable where another one has begun meanwhile. */
async function finish({ engine }: Node, move: string, places: Places): Promise<void> {
  const names = Object.keys(places)
  const placed = await engine.update(holds, { id: { in: names }, move }, { state: 'placed' })
  if (placed !== names.length) throw new StoreUnavailable('another sallyport relocate began just now')
}
