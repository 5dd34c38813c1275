import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { openSallyport } from '../testing/sallyport.js'
import { watchConnections } from './connections.js'

const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  sockets.push(socket)
  await once(socket, 'connect')
  return socket
}

describe('a server that closes', () => {
  it('waits for what it is answering, and not for silence, half a head or half a body', async () => {
    const waiting: ServerResponse[] = []
    const server = createServer((request, response) => {
      request.resume()
      waiting.push(response)
    })
    const letGo = watchConnections(server, 20)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const [silent, head, body, asking] = [
      await dial(port),
      await dial(port),
      await dial(port),
      await dial(port),
    ]
    head.write('GET / HTTP/1.1\r\nHo')
    body.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf')
    while (waiting.length < 1) await once(server, 'request')
    asking.write('GET /asking HTTP/1.1\r\nHost: x\r\n\r\n')
    while (waiting.length < 2) await once(server, 'request')
    const closed = once(server, 'close')
    server.close()
    letGo()
    await Promise.all([silent, head, body].map((socket) => once(socket.resume(), 'close')))
    expect(asking.destroyed).toBe(false)
    waiting[1]!.setHeader('connection', 'close').end('answered')
    const [bytes] = (await once(asking, 'data')) as [Buffer]
    expect(String(bytes)).toMatch(/^HTTP\/1\.1 200 [\s\S]*answered/)
    await closed
  })

  it('is ours too: a connection on which nothing was asked does not hold up its end', async () => {
    const { server } = await openSallyport({ settings: { port: '0' } })
    const { url } = await server.listen()
    const silent = await dial(Number(new URL(url).port))
    const cut = once(silent.resume(), 'close')
    await server.close()
    await cut
  })

  it('is ours too: what it is answering is answered, though that takes longer than others are waited for', async () => {
    const { server } = await openSallyport({ settings: { port: '0' } })
    const { store } = server.context
    const { list } = store
    let goOn = () => {}
    const held = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const reached = new Promise<void>((resolve) => {
      store.list = async (table, query) => {
        resolve()
        await held
        return list(table, query)
      }
    })
    const port = Number(new URL((await server.listen()).url).port)
    const [asking, half] = [await dial(port), await dial(port)]
    const body = JSON.stringify({ identifier: 'nobody@example.com', password: 'correct horse' })
    const head = `POST /v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`
    half.write(`${head}\r\n\r\n{`)
    asking.write(`${head}\r\n\r\n${body}`)
    await reached
    const closed = server.close()
    await once(half.resume(), 'close')
    goOn()
    const [bytes] = (await once(asking, 'data')) as [Buffer]
    expect(String(bytes)).toMatch(/^HTTP\/1\.1 401 /)
    await closed
  })
})
