// The same product without HTTP, for whoever has the machine: the command line calls operations as the operator, on the
// same database as a running server, which learns of it from the changes table.
import { userInfo } from 'node:os'
import { operations as listed, native } from '@sallyport/protocol'
import { bringUpToDate, callOperation, createContext, openEngine, type ServerOptions } from './compose.js'
import type { Caller } from './domain/context.js'
import { systemClock } from './util/clock.js'
import { randomBytes } from './util/ids.js'

export interface Operator {
  /** Runs an operation by name. Throws Failure as the operation does. */
  call(name: string, input?: unknown): Promise<unknown>
  close(): Promise<void>
}

/** Opens the database that the settings name. Throws StartError where it cannot be worked with. */
export async function openOperator(options: ServerOptions): Promise<Operator> {
  const engine = await openEngine(options.settings, options.clock ?? systemClock)
  try {
    await bringUpToDate(engine, options.mode)
    const context = await createContext(options, engine, [native], options.clock, () => false)
    const byName = new Map(listed.map((operation) => [operation.name, operation]))
    return {
      call: async (name, input = {}) => callOperation(context, byName.get(name)!, operatorCaller(), input),
      close: async () => {
        await context.audit.settled()
        await context.stats.flush()
        await context.hasher.close()
        await engine.close()
      },
    }
  } catch (error) {
    await engine.close()
    throw error
  }
}

function operatorCaller(): Caller {
  const id = `operator ${userInfo().username}`.slice(0, 64)
  const requestId = `cli-${randomBytes(6).toString('base64url')}`
  return { contract: native, requestId, ip: 'local', administrator: { kind: 'operator', id, full: true } }
}
