// One span a request, for whoever has brought an OpenTelemetry SDK into the process (`node --import`). We know its API
// only, and import it only where a provider has been registered before the server starts.
import type { Tracer } from '@opentelemetry/api'
import type { Observed } from '../domain/context.js'

/** Records a span for a request that has just ended. */
export type RecordSpan = (seen: Observed) => void

/** Undefined where nobody listens; then nothing is imported. */
export async function findTracing(version: string): Promise<RecordSpan | undefined> {
  // Where the API keeps what has been registered, in every copy of its first major version.
  const registered = (globalThis as Record<symbol, { trace?: unknown } | undefined>)[
    Symbol.for('opentelemetry.js.api.1')
  ]
  if (registered?.trace === undefined) return undefined
  const api = await import('@opentelemetry/api')
  return recorder(api, api.trace.getTracer('sallyport', version))
}

function recorder(api: typeof import('@opentelemetry/api'), tracer: Tracer): RecordSpan {
  const { context, SpanKind, SpanStatusCode, trace } = api
  return ({ operation, method, status, milliseconds, requestId, trace: parent }) => {
    const endTime = Date.now()
    const active = context.active()
    const isInside = parent === undefined || trace.getSpan(active) !== undefined
    const around = isInside
      ? active
      : trace.setSpanContext(active, {
          traceId: parent.traceId,
          spanId: parent.parentId,
          traceFlags: parent.flags,
          isRemote: true,
        })
    const attributes = {
      'http.request.method': method,
      'http.response.status_code': status,
      'sallyport.request_id': requestId,
    }
    const startTime = endTime - milliseconds
    const span = tracer.startSpan(
      operation ?? method,
      { kind: SpanKind.SERVER, startTime, attributes },
      around,
    )
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end(endTime)
  }
}
