// A TCP proxy that loses answers: a request always gets through to the server, and what the server says to it comes
// back whole, half, late or not at all. So the loss is always after the commit, where it is worst.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * What happens to an answer: it goes through, its connection ends in its middle, or before its first byte, it comes two
 * seconds later, or never, on a connection that stands. Where the network is gone, nothing comes on that connection ever
 * again, and nobody says so.
 */
export type Fate = 'pass' | 'cut' | 'drop' | 'slow' | 'hole' | 'gone'

export interface Proxy {
  readonly port: number
  close(): Promise<void>
}

/** Starts a proxy before `target`; `fateOf` is asked for every answer. */
export async function startProxy(target: number, fateOf: () => Fate): Promise<Proxy> {
  const open = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        open.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    let isGone = false
    client.on('data', (chunk) => {
      // Once there is a network again, whoever still uses an old connection is told that nobody knows of it.
      if (isGone && fateOf() !== 'gone') client.destroy()
      else upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      const fate = fateOf()
      isGone ||= fate === 'gone'
      if (!isGone) deliver(client, upstream, chunk, fate)
    })
  })
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 2048 }, resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      for (const socket of open) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

function deliver(client: Socket, upstream: Socket, chunk: Buffer, fate: Fate): void {
  if (fate === 'pass') client.write(chunk)
  else if (fate === 'slow') setTimeout(() => client.destroyed || client.write(chunk), 2000).unref()
  else if (fate === 'cut') client.end(chunk.subarray(0, chunk.length >> 1), () => upstream.destroy())
  else if (fate === 'drop') client.destroy()
}
