import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { native } from '@sallyport/protocol'
import { describe, expect, it } from 'vitest'
import { createWire } from '../testing/door.js'
import type { Core, Exchange } from './serve.js'
import { eventsOf, writeEvents } from './stream.js'

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

describe('a client that', () => {
  /**
   * Serves items to one client, which gets the socket, and waits for it so many milliseconds; answers how many items were
   * taken when the stream was over.
   */
  async function serveTo(
    client: (socket: Socket) => void,
    { most = Number.POSITIVE_INFINITY, patience = 50 } = {},
  ): Promise<number> {
    let taken = 0
    const items = async function* () {
      for (; taken < most; taken++) yield { kind: 'session_revoked', sid: 'x'.repeat(10_000) }
    }
    const core = { streams: new Set<() => void>(), door: { log: console } } as unknown as Core
    const over = new Promise<void>((done) => {
      const server = createServer((request, response) => {
        const exchange = { request, response, requestId: 'test' } as unknown as Exchange
        const events = eventsOf(items(), (item) => JSON.stringify(item))
        void writeEvents(core, exchange, 200, [], events, patience).then(() => {
          server.close(() => done())
          server.closeAllConnections()
        })
      }).listen(0, '127.0.0.1', () => {
        const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
        socket.on('error', () => {}).write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
        client(socket)
      })
    })
    await over
    expect(core.streams.size).toBe(0)
    return taken
  }

  it('does not read is sent away, and no more is taken for it than fits on the way', async () => {
    expect(await serveTo((socket) => void socket.pause())).toBeGreaterThan(10)
  })

  it('reads slowly gets everything', async () => {
    expect(
      await serveTo((socket) => void socket.on('data', () => {}), { most: 2000, patience: 60_000 }),
    ).toBe(2000)
  })

  it('goes away in the middle ends it', async () => {
    expect(await serveTo((socket) => void socket.once('data', () => socket.destroy()))).toBeGreaterThan(0)
  })
})
