// From a good access token to a caller, on the path of every request that brings one.
import type { Operation } from '@sallyport/protocol'
import type { Access, AllFacts, Caller, Context, RequestFacts } from './context.js'
import { requireProof } from './step-up.js'

/** The bearer of a good access token. Throws as `requireProof` does. */
export function bearing(
  context: Context,
  operation: Operation,
  facts: RequestFacts,
  access: Access,
): Caller | Promise<Caller> {
  // Member by member: to spread an object into this one costs more than the whole verdict on a known token.
  const { contract, requestId, ip, userAgent, trace, transport, strict } = facts
  type Bearer = AllFacts & { readonly access: Access }
  const bearer: Bearer = { contract, requestId, ip, userAgent, trace, transport, strict, access }
  return operation.caller === 'recent' ? requireProof(context, operation, bearer) : bearer
}
