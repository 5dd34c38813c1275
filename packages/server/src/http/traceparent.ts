// The trace that a request belongs to, as its sender says it (W3C Trace Context).
import type { Trace } from '../domain/context.js'

const version0 = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/** The trace of a `traceparent` header; undefined where there is none or it is not valid (section 3.2). */
export function readTraceparent(header: string | string[] | undefined): Trace | undefined {
  if (header === undefined) return undefined
  const match = version0.exec(String(header))
  if (!match) return undefined
  const [, version, traceId = '', parentId = '', flags = '', more] = match
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return undefined
  return { traceId, parentId, flags: Number.parseInt(flags, 16) }
}
