// Connections that a closing server does not wait for: those on which nothing was ever asked, and those whose
// request does not arrive to its end, after a while. Node looks for neither once a server closes, so that a balancer's
// spare connection would hold up the end for ever. What is being answered is left alone.
import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Milliseconds that a request which has begun to arrive is given to do so wholly. */
const PATIENCE = 1500
/** Milliseconds after which a connection on which nothing has arrived is let go. */
const HASTE = 100

const latest = Symbol('latest response')
type Watched = Socket & { [latest]?: ServerResponse }

/** Watches a server's connections; what it answers is called when the door closes. */
export function watchConnections(server: Server, patience = PATIENCE): () => void {
  const open = new Set<Watched>()
  server.on('connection', (socket: Watched) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  server.on('request', (_request, response) => {
    // On the socket itself: every request pays for it.
    if (response.socket) (response.socket as Watched)[latest] = response
  })
  const end = (isUseless: (socket: Socket, response: ServerResponse | undefined) => boolean) => {
    for (const socket of open) if (isUseless(socket, socket[latest])) socket.destroy()
  }
  return () => {
    // What was sent a moment ago may not have been read yet.
    setTimeout(end, Math.min(HASTE, patience), (socket: Socket) => socket.bytesRead === 0).unref()
    setTimeout(end, patience, (_socket: Socket, response?: ServerResponse) => !isAnswering(response)).unref()
  }
}

/** Whether a request is there to its last byte, and its answer is not. */
function isAnswering(response: ServerResponse | undefined): boolean {
  return response?.req.complete === true && !response.writableFinished
}
