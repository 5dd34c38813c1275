// A TCP relay that breaks at a chosen moment: it passes what it was told to watch for on to the server, lets the server do
// it, and cuts the line before the answer comes back.
import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'

export interface Relay {
  readonly port: number
  /** From now on the line is cut after something that holds this text went by; until the first time. */
  cutAfter(text: string): void
  /** How often it was cut. */
  readonly cuts: number
  close(): Promise<void>
}

/** Relays to a port of this machine. */
export async function openRelay(target: number): Promise<Relay> {
  const state: State = { watched: undefined, cuts: 0, sockets: new Set() }
  const server = createServer((near) => relay(state, near, createConnection(target, '127.0.0.1')))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    cutAfter: (text) => {
      state.watched = text
    },
    get cuts() {
      return state.cuts
    },
    close: async () => {
      for (const socket of state.sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

interface State {
  watched: string | undefined
  cuts: number
  readonly sockets: Set<Socket>
}

function relay(state: State, near: Socket, far: Socket): void {
  let mute = false
  for (const socket of [near, far]) {
    state.sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => state.sockets.delete(socket))
  }
  near.on('data', (data) => {
    if (state.watched !== undefined && data.includes(state.watched)) {
      state.watched = undefined
      mute = true
    }
    far.write(data)
  })
  far.on('data', (data) => {
    if (!mute) return near.write(data)
    state.cuts++
    near.destroy()
    far.destroy()
  })
  near.on('end', () => far.end())
  far.on('end', () => near.end())
}
