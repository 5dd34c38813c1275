// HTTP/1.1 over a bare socket: a request is a text that was made beforehand, an answer is a text that is cut off where
// its content-length says. No object is made for a header, so that a client costs little beside the server it asks.
import { connect } from 'node:net'

/**
 * One connection, one request at a time. `ask` calls back with the status and the whole answer as Latin-1 text; a
 * connection that breaks is told to `broken`.
 * @param {number} port
 * @param {(error: Error) => void} broken
 */
export function openLine(port, broken) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let text = ''
  let length = 0
  let heard
  socket.on('data', (chunk) => {
    text += chunk.latin1Slice()
    if (length === 0) length = lengthOf(text)
    if (length === 0 || text.length < length) return
    const [answer, tell] = [text, heard]
    text = ''
    length = 0
    heard = undefined
    tell(Number(answer.slice(9, 12)), answer)
  })
  socket.on('error', broken)
  socket.on('close', () => heard && broken(new Error('the server closed a connection under a request')))
  return {
    opened: new Promise((resolve) => socket.once('connect', resolve)),
    ask(request, tell) {
      heard = tell
      socket.write(request, 'latin1')
    },
    close: () => socket.destroy(),
  }
}

/** Characters of the whole answer; 0 while its head, or the last of its chunks, is not there. */
function lengthOf(text) {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return 0
  const found = /\r\ncontent-length: (\d+)/i.exec(text)
  if (found !== null && found.index < end) return end + 4 + Number(found[1])
  const chunked = /\r\ntransfer-encoding: chunked\r\n/i.exec(text)
  if (chunked === null || chunked.index > end) return end + 4
  return text.endsWith('\r\n0\r\n\r\n') ? text.length : 0
}

/** One request on a connection of its own. */
export function askOnce(port, request) {
  return new Promise((resolve, reject) => {
    const line = openLine(port, reject)
    line.ask(request, (status, answer) => {
      line.close()
      resolve({ status, answer, body: answer.slice(answer.indexOf('\r\n\r\n') + 4) })
    })
  })
}

/** What a browser-like client sends with every request. */
const common = (port) =>
  `Host: localhost:${port}\r\nUser-Agent: sallyport-bench\r\nAccept: application/json\r\nAccept-Language: en\r\nAccept-Encoding: identity\r\n`

/** @param {readonly string[]} more header lines */
export function getRequest(port, path, token, more = []) {
  const lines = more.map((line) => `${line}\r\n`).join('')
  return `GET ${path} HTTP/1.1\r\n${common(port)}${lines}Authorization: Bearer ${token}\r\n\r\n`
}

export function postRequest(port, path, body) {
  const head = `POST ${path} HTTP/1.1\r\n${common(port)}Content-Type: application/json\r\n`
  return `${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

const member = (answer, name) => {
  const start = answer.indexOf(name) + name.length
  return answer.slice(start, answer.indexOf('"', start))
}

/** The tokens of a tokens answer. */
export const refreshTokenOf = (answer) => member(answer, '"refresh_token":"')
export const accessTokenOf = (answer) => member(answer, '"access_token":"')
