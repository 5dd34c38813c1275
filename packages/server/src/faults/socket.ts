// Bare sockets, for requests that no HTTP client would send.
import { connect } from 'node:net'

/** Longer than anything may take here. Milliseconds. */
const patience = 30_000

/**
 * Sends bytes and answers everything that came back until the server ended the connection, or until a whole answer
 * stood there. A server that neither answers nor hangs up is an Error.
 */
export function sendRaw(port: number, parts: Iterable<Buffer | string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    const done = () => {
      clearTimeout(timer)
      socket.destroy()
      resolve(text)
    }
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Error(`no answer and no end after ${patience} ms; so far: ${text.slice(0, 200)}`))
    }, patience)
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      text += chunk
      if (isWhole(text)) done()
    })
    socket.on('error', () => {})
    socket.on('close', done)
    const next = parts[Symbol.iterator]()
    const send = () => {
      for (let part = next.next(); !part.done; part = next.next())
        if (!socket.write(part.value)) return void socket.once('drain', send)
    }
    socket.on('connect', send)
  })
}

/** Sends bytes and ends the connection the hard way. */
export function hangUp(port: number, part: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(part, () => socket.resetAndDestroy()))
    socket.on('error', () => {})
    socket.on('close', () => resolve())
  })
}

/** Whether an answer with a length has arrived with all of its body. */
function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  const length = /^content-length: (\d+)\r$/im.exec(text.slice(0, end + 1))?.[1]
  return end >= 0 && length !== undefined && text.length >= end + 4 + Number(length)
}

interface Dribbling {
  readonly connected: Promise<void>
  /** What the server said before the connection ended. */
  readonly closed: Promise<string>
}

const opening = {
  headers: 'POST /v1/login HTTP/1.1\r\nhost: localhost\r\n',
  body: 'POST /v1/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 60000\r\n\r\n{',
}

/** A client that sends a byte now and then, and never ends its headers or its body. */
export function dribble(port: number, where: 'headers' | 'body'): Dribbling {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    text += chunk
  })
  socket.on('error', () => {})
  let timer: NodeJS.Timeout | undefined
  const connected = new Promise<void>((resolve) => {
    socket.once('connect', () => socket.write(opening[where], () => resolve()))
    // It may be closed before it ever got through: that is one way to be culled.
    socket.once('close', () => resolve())
  })
  void connected.then(() => {
    timer = setInterval(() => socket.writable && socket.write(where === 'body' ? ' ' : 'x'), 1000)
    if (socket.closed) clearInterval(timer)
  })
  return {
    connected,
    closed: new Promise((resolve) =>
      socket.once('close', () => {
        clearInterval(timer)
        resolve(text)
      }),
    ),
  }
}
