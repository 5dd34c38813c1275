// What the engines of database servers have in common: connections that many calls share, how long they have patience, and
// what an engine must know of its server for reader.ts, writer.ts and sweep.ts. No driver and no server's name is known here.
import type { Clock } from '../../../util/clock.js'
import { promised } from '../../../util/promised.js'
import { type Engine, StoreUnavailable } from '../../store.js'
import type { AnyTable } from '../../table.js'
import type { Stored } from '../../values.js'
import type { Grouping } from './grouping.js'
import type { Flavour } from './print.js'
import type { Question } from './reads.js'
import type { LiveSchema } from './schema.js'
import type { Statement } from './statement.js'

/** In milliseconds. */
export interface Patience {
  /** How long a call waits for a connection, new or given back. */
  readonly connect: number
  /** How long the server lets one statement run. */
  readonly statement: number
}

export const patience: Patience = { connect: 2000, statement: 5000 }

/** How much later than the server should have ended a statement it is given up, in milliseconds. */
export const silence = 2000

/** How long a connection may lie idle, in milliseconds. */
export const idleness = 30_000

/** How long a migration may run and wait for another server's, in milliseconds. */
export const migrationPatience = 600_000

/** What an engine of a database server is opened with. */
export interface EngineOptions {
  /** Its URL, such as `postgres://user:password@host:port/database?sslmode=verify-full`. */
  readonly url: string
  /** The most connections at once; 10 where not given. */
  readonly pool?: number
  /** The tables that `sweep` looks after. */
  readonly tables: readonly AnyTable[]
  readonly clock: Clock
  readonly patience?: Patience
}

export interface DescribedEngine extends Engine {
  /** What the database really holds, to compare with `declaredSchema`. */
  describe(): Promise<LiveSchema>
}

/** What a statement did: its rows, and how many it matched. */
export interface Result {
  readonly rows: Stored[][]
  readonly matched: number
  /** The last insert id, where the server has such a thing. */
  readonly last?: number
}

/** SQL as the server reads it; `name` is of this text alone. Without a name, and behind a pooler, it is not prepared. */
export interface Sql {
  readonly name?: string
  readonly text: string
}

export type Run = (sql: Sql, values?: readonly Stored[]) => Promise<Result>

export interface Connections {
  /**
   * Runs work on one connection, which is thrown away where it may be broken. Throws what the work or driver throws, and
   * StoreUnavailable where no connection was to be had.
   */
  use<T>(work: (run: Run) => Promise<T>): Promise<T>
  /** Makes a verb one that `close` waits for, and that nobody can call afterwards. */
  admitted<A extends unknown[], T>(verb: (...given: A) => Promise<T>): (...given: A) => Promise<T>
  /** Takes no more work and resolves when what was taken is done. */
  close(): Promise<void>
}

/** Runs SQL once more where that is safe; throws what the driver throws. */
type Ask = (sql: Sql, values: readonly Stored[]) => Promise<Result>

/** How calls of one shape that come together are run as one statement. */
export interface Groups {
  /** Updates of one row each: how many matched. `alone` is what each can fall back to. */
  updates(kind: {
    readonly ask: Ask
    alone(statement: Statement, values: readonly Stored[]): Promise<number>
  }): (statement: Statement, grouping: Grouping, values: readonly Stored[]) => Promise<number>
  /** Questions for the row of a key. */
  reads(kind: {
    readonly ask: Ask
    alone(question: Question<Sql>, values: readonly Stored[]): Promise<Stored[][]>
  }): (question: Question<Sql>, grouping: Grouping, values: readonly Stored[]) => Promise<Stored[][]>
}

/** A server as one engine reaches it. */
export interface DatabaseServer {
  readonly connections: Connections
  readonly flavour: Flavour
  now(): number
  /** A text with `?` for values, for the server. */
  sql(text: string, name?: string): Sql
  /** Runs the main part of a statement. */
  execute(run: Run, statement: Statement, values: readonly Stored[]): Promise<Result>
  /** Where it pays. */
  readonly groups?: Groups
  /** A key or unique set is taken. */
  isUnique(error: unknown): boolean
  /** The table that such an error is about, where it says so. */
  tableOf?(error: unknown): string | undefined
  /** What callers see of such an error. */
  violation(error: unknown): Promise<Error>
  /** The server itself undid the act for the sake of another: safe to repeat. */
  isUndone(error: unknown): boolean
  /** A connection that stood broke: what was asked on it may or may not have been done. */
  isBroken(error: unknown): boolean
  /** What callers see of any other error: nothing of the driver's, and no value of a row. */
  toStoreError(error: unknown): Error
}

/** Connections from a way to run work on one of them and a way to end them all. */
export function createConnections(use: Connections['use'], end: () => Promise<void>): Connections {
  let under = 0
  let closed = false
  let whenOver: (() => void) | undefined
  const leave = () => {
    under--
    if (under === 0) whenOver?.()
  }
  return {
    use,
    admitted:
      (verb) =>
      (...given) => {
        if (closed) return Promise.reject(new StoreUnavailable('it is closed'))
        const running = promised(() => verb(...given))
        under++
        running.then(leave, leave)
        return running
      },
    close: async () => {
      if (closed) return
      closed = true
      if (under > 0)
        await new Promise<void>((resolve) => {
          whenOver = resolve
        })
      await end()
    },
  }
}

/** Values that share no bytes with the caller's, who may change them while the act waits for a connection. */
export const copied = (values: readonly Stored[]): Stored[] =>
  values.map((value) => (value instanceof Uint8Array ? Buffer.from(value) : value))

/** One transaction, committed where `keeps` likes the answer. Where it throws, nothing is kept. */
export async function transaction<T>(
  run: Run,
  body: (run: Run) => Promise<T>,
  keeps: (answer: T) => boolean = () => true,
): Promise<T> {
  await run({ text: 'BEGIN' })
  let answer: T
  try {
    answer = await body(run)
  } catch (error) {
    // Where this fails too, its own error goes up, and the connection is thrown away.
    await run({ text: 'ROLLBACK' })
    throw error
  }
  await run({ text: keeps(answer) ? 'COMMIT' : 'ROLLBACK' })
  return answer
}
