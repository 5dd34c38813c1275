import { native } from '@sallyport/protocol'
import { expect, it } from 'vitest'
import { createWire } from '../testing/door.js'

const headers = { authorization: `Bearer vk_${'a'.repeat(32)}` }
const follow = (items: () => AsyncIterable<unknown>) =>
  createWire({ gives: { 'revocations.follow': items } }).app.inject({ url: '/v1/revocations', headers })

it('items are written as events, their data on one line in the contract’s words', async () => {
  const answer = await follow(async function* () {
    yield { kind: 'session_revoked', id: '7', sid: 'a\nb' }
    yield { kind: 'current' }
  })
  expect(answer.headers['content-type']).toBe('text/event-stream')
  expect(answer.headers['x-accel-buffering']).toBe('no')
  expect(answer.headers).not.toHaveProperty('content-length')
  expect(answer.body).toBe(
    'event: session_revoked\nid: 7\ndata: {"sid":"a\\nb"}\n\nevent: current\ndata: {}\n\n',
  )
})

it('a failure after the head ends the answer, and is in the log', async () => {
  const { app, logged } = createWire({
    gives: {
      'revocations.follow': async function* () {
        yield { kind: 'current' }
        throw new Error('the items are over')
      },
    },
  })
  const answer = await app.inject({ url: '/v1/revocations', headers })
  expect([answer.statusCode, answer.body]).toEqual([200, 'event: current\ndata: {}\n\n'])
  expect(JSON.stringify(logged.map(({ message }) => message))).toContain('a stream ended early')
})

it('the id that the client has seen is told by its header, which comes before the query', async () => {
  const { app, calls } = createWire()
  const ask = (url: string, more = {}) => app.inject({ url, headers: { ...headers, ...more } })
  await ask('/v1/revocations?last_event_id=3')
  await ask('/v1/revocations?last_event_id=3', { 'last-event-id': '4' })
  await ask('/v1/revocations', { 'last-event-id': 'x'.repeat(33) })
  expect(calls.map(({ input }) => input)).toEqual([{ last_event_id: '3' }, { last_event_id: '4' }, {}])
})

it('only an operation that streams is written so: the contract alone cannot make one', async () => {
  const routes = native.routes.map((route) =>
    route.operation === 'health.live'
      ? { ...route, reply: { ...route.reply, contentType: 'text/event-stream' } }
      : route,
  )
  const { app } = createWire({ contracts: [{ ...native, routes }] })
  expect((await app.inject({ url: '/healthz' })).headers).toHaveProperty('content-length')
})
