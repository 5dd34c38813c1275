import { fail } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'

/** The process answers. */
export async function live(_context: Context) {
  return { status: 'ok' as const }
}

/** The store can be read and written, a key signs, and nobody has asked the server to stop. */
export async function ready(context: Context, { contract }: Caller) {
  if (context.draining()) throw fail('overloaded', { detail: 'The server is shutting down.', retryAfter: 1 })
  context.keys.active(contract)
  await context.ready()
  return { status: 'ok' as const }
}
