// What a feature is: data that server.ts reads. Reading all features' index files is reading the product.
import type { Operation } from '@sallyport/protocol'
import type { AnyTable } from '../store/table.js'
import type { Setting } from '../util/setting.js'
import type { Handler } from './context.js'
import type { Sealed } from './sealed.js'

export interface Feature {
  readonly settings?: readonly Setting<never>[]
  readonly tables?: readonly AnyTable[]
  /** Columns of its tables that stand sealed under the master secret. */
  readonly sealed?: readonly Sealed[]
  readonly operations: readonly Served[]
}

/** An operation and its doing. */
export interface Served {
  readonly operation: Operation
  readonly handler: Handler<unknown, unknown>
}

/** Ties an operation to its doing; input and output must fit. */
export function serve<I, O>(operation: Operation<I, O>, handler: Handler<I, O>): Served {
  return { operation: operation as Operation, handler: handler as Handler<unknown, unknown> }
}
