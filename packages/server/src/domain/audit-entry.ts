// What an audit entry says: an event with who caused it, in the lengths that the table has. Facts hold no secret
// (events.ts); texts that no store takes are made fit here, because an entry must never be refused.

import type { Json } from '../store/table.js'
import type { EventFacts, EventName, EventOrigin } from './events.js'
import type { AuditRow } from './tables.js'

/** An entry before it has its place in a chain. */
export type Entry = Omit<AuditRow, 'chain' | 'sequence' | 'hash'>

const failures: ReadonlySet<EventName> = new Set([
  'session.reuse_detected',
  'session.rolled_back',
  'legacy.traded',
  'legacy.closed',
  'admin.refused',
  'audit.lost',
  'message.withheld',
  'user.signed_up_again',
])

export function entryOf<N extends EventName>(
  name: N,
  facts: EventFacts[N],
  origin: EventOrigin | undefined,
  at: number,
  id: string,
): Entry {
  const { userId, sessionId, ...details } = facts as { userId?: string; sessionId?: string }
  const failed = name.endsWith('.failed') || failures.has(name)
  const actor = actorOf(origin, failed ? undefined : userId)
  return {
    id,
    at,
    event: name,
    outcome: failed ? 'failure' : 'success',
    actor: actor.kind,
    actor_id: fit(actor.id, 64),
    user_id: fit(userId, 64),
    session_id: fit(sessionId, 64),
    ip: fit(origin?.ip, 64),
    user_agent: fit(origin?.userAgent, 512),
    request_id: fit(origin?.requestId, 64),
    details: Object.fromEntries(Object.entries(details).flatMap(([fact, value]) => fitting(fact, value))),
  }
}

/** Who did it. Whoever signs in or up has shown who they are by succeeding; who fails is a stranger. */
function actorOf(
  origin: EventOrigin | undefined,
  succeeded: string | undefined,
): { kind: string; id?: string | undefined } {
  if (origin === undefined) return { kind: 'system' }
  if (origin.administrator) return origin.administrator
  if (origin.access) return { kind: 'user', id: origin.access.userId }
  return succeeded === undefined ? { kind: 'stranger' } : { kind: 'user', id: succeeded }
}

function fitting(fact: string, value: unknown): [string, Json][] {
  if (value === undefined) return []
  return [[fact, typeof value === 'string' ? fit(value, 1000) : (value as Json)]]
}

function fit(text: string | undefined, longest: number): string | null {
  if (text === undefined) return null
  return text.slice(0, longest).replace(/\0|\p{Surrogate}/gu, '\ufffd')
}
