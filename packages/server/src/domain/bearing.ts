// From a request with a credential to a caller, on the path of every request that brings one.
import type { Operation } from '@sallyport/protocol'
import type { Access, AllFacts, Caller, Context, RequestFacts } from './context.js'
import { requireProof } from './step-up.js'

// Member by member: to spread an object into another costs more than the whole verdict on a known token.

/** Whoever brings a refresh token, which is judged later. */
export function refreshing(facts: RequestFacts, refreshToken: string): Caller {
  const { contract, requestId, ip, userAgent, trace, transport, strict } = facts
  type Refreshing = AllFacts & { readonly refreshToken: string }
  const caller: Refreshing = { contract, requestId, ip, userAgent, trace, transport, strict, refreshToken }
  return caller
}

/** The bearer of a good access token. Throws as `requireProof` does. */
export function bearing(
  context: Context,
  operation: Operation,
  facts: RequestFacts,
  access: Access,
): Caller | Promise<Caller> {
  const { contract, requestId, ip, userAgent, trace, transport, strict } = facts
  type Bearer = AllFacts & { readonly access: Access }
  const bearer: Bearer = { contract, requestId, ip, userAgent, trace, transport, strict, access }
  return operation.caller === 'recent' ? requireProof(context, operation, bearer) : bearer
}
