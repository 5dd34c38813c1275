import { type Context, type SpanOptions, type SpanStatus, trace } from '@opentelemetry/api'
import { afterEach, expect, it } from 'vitest'
import { openSallyport } from '../testing/sallyport.js'
import { findTracing } from './tracing.js'

interface Recorded {
  name: string
  options: SpanOptions | undefined
  parent: unknown
  status: SpanStatus | undefined
  end: unknown
}

/** A provider as an SDK registers one, that keeps what it is told. */
function register(): Recorded[] {
  const spans: Recorded[] = []
  const startSpan = (name: string, options?: SpanOptions, around?: Context) => {
    const parent = around && trace.getSpanContext(around)
    const kept: Recorded = { name, options, parent, status: undefined, end: undefined }
    spans.push(kept)
    return {
      setStatus: (status: SpanStatus) => {
        kept.status = status
      },
      end: (time: unknown) => {
        kept.end = time
      },
    }
  }
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan }) } as never)
  return spans
}
afterEach(() => trace.disable())

it('there are no spans where nobody has registered a provider', async () => {
  expect(await findTracing('1.0.0')).toBeUndefined()
})

it('a request is one span: named by its operation, below the caller’s, with its status', async () => {
  const spans = register()
  const sallyport = await openSallyport()
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  const spanId = '00f067aa0ba902b7'
  const answer = await sallyport.browser().get('/healthz', { traceparent: `00-${traceId}-${spanId}-01` })
  expect(spans).toHaveLength(1)
  expect(spans[0]).toMatchObject({
    name: 'health.live',
    parent: { traceId, spanId, traceFlags: 1, isRemote: true },
    options: {
      kind: 1,
      attributes: {
        'http.request.method': 'GET',
        'http.response.status_code': 200,
        'sallyport.request_id': answer.headers['x-request-id'],
      },
    },
    status: undefined,
  })
  expect(spans[0]?.end).toBeGreaterThanOrEqual(spans[0]?.options?.startTime as number)
  await sallyport.browser().get('/nowhere?secret=canary')
  expect(spans[1]).toMatchObject({ name: 'GET', parent: undefined })
  expect(JSON.stringify(spans)).not.toContain('canary')
  await sallyport.close()
})

it('only a failure of ours is an error', async () => {
  const spans = register()
  const sallyport = await openSallyport()
  await sallyport.browser().post('/v1/login', { identifier: 'nobody', password: 'nothing at all' })
  expect(spans.at(-1)).toMatchObject({ name: 'login', status: undefined })
  await sallyport.server.engine.close()
  await sallyport.browser().post('/v1/login', { identifier: 'nobody', password: 'nothing at all' })
  expect(spans.at(-1)).toMatchObject({ name: 'login', status: { code: 2 } })
})
