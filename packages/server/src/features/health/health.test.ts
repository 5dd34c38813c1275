import { connect } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import type { Engine } from '../../store/store.js'
import { openSallyport, type Sallyport } from '../../testing/sallyport.js'
import { told } from '../../testing/told.js'

let sallyport: Sallyport | undefined
afterEach(() => sallyport?.close())

it('a server that works is alive and ready, and asks nobody who they are', async () => {
  sallyport = await openSallyport()
  for (const path of ['/healthz', '/readyz']) {
    const answer = await sallyport.browser().get(path)
    expect(told(answer)).toBe('200')
    expect(answer.json).toEqual({ status: 'ok' })
    expect(answer.headers['cache-control']).toBe('no-store')
  }
})

it('a server whose store says nothing is not ready before anything is heard of it, and is alive', async () => {
  sallyport = await openSallyport()
  const store = sallyport.server.context.store as Engine
  const { ping } = store
  let asked = 0
  let heard = false
  let answer = () => {}
  store.ping = async () => {
    asked++
    await new Promise<void>((resolve) => {
      answer = resolve
    })
    heard = true
  }
  const get = (path: string) => sallyport!.browser().get(path)
  const [first, second, alive] = await Promise.all([get('/readyz'), get('/readyz'), get('/healthz')])
  for (const one of [first, second]) expect(told(one)).toBe('503 store_unavailable')
  expect(told(alive)).toBe('200')
  expect([asked, heard]).toEqual([1, false])
  answer()
  store.ping = ping
  expect(told(await get('/readyz'))).toBe('200')
})

it('a server that is asked to stop says it is not ready while it finishes what it began', async () => {
  sallyport = await openSallyport({ settings: { port: '0' } })
  const { url } = await sallyport.server.listen()
  const socket = connect(Number(new URL(url).port), 'localhost')
  const heard = new Promise<string>((resolve, reject) => {
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('close', () => resolve(text)).on('error', reject)
  })
  socket.write('GET /readyz HTTP/1.1\r\nhost: x\r\n')
  // A second connection was answered, so the beginning of the first request has arrived.
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
  const closed = sallyport.server.close()
  socket.write('\r\n')
  const answer = await heard
  expect(answer).toMatch(/^HTTP\/1\.1 503 /)
  expect(answer).toContain('"code":"overloaded"')
  expect(answer.toLowerCase()).toContain('retry-after: 1\r\n')
  await closed
  await expect(fetch(`${url}/readyz`)).rejects.toThrow()
})

it('a log-in that is in its hash when the server is asked to stop is still answered', async () => {
  sallyport = await openSallyport({ settings: { port: '0' } })
  const { email: identifier, password } = await sallyport.signUp()
  const { url } = await sallyport.server.listen()
  const { hasher } = sallyport.server.context
  const answer = fetch(`${url}/v1/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ identifier, password }),
  })
  while (hasher.stats().running === 0) await new Promise((resolve) => setImmediate(resolve))
  await Promise.all([sallyport.server.close(), sallyport.server.close()])
  expect((await answer).status).toBe(200)
})
