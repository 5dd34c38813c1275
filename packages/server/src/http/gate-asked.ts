// What a visitor asked of a gateway, as the gateway tells it. What is missing, or could be meant in two ways, lets nobody
// pass: the gateway has chosen its rules by one reading, and the application may have another.
import type { IncomingMessage } from 'node:http'
import type { Gateway } from '@sallyport/protocol'
import { hostForm } from './gate-hosts.js'

export interface Asked {
  readonly method: string
  readonly proto: 'http' | 'https'
  /** Host, with its port where one was named. */
  readonly host: string
  /** Path and query. */
  readonly uri: string
}

/** Why a gateway's question cannot be answered, for the log. */
export class AskingFault extends Error {
  /** The header that is to blame. */
  readonly header: string
  constructor(header: string, message: string) {
    super(message)
    this.name = 'AskingFault'
    this.header = header
  }
}

const methodForm = /^[A-Za-z][A-Za-z-]{0,31}$/

/** What was asked for. Throws AskingFault. */
export function readAsked({ asking }: Gateway, request: IncomingMessage, path: string): Asked {
  const { upgrade } = request.headers
  // After another protocol has begun (HTTP/2 in the clear, say) the gateway asks about nothing that is said in it.
  if (upgrade !== undefined && upgrade !== '' && !/^websocket$/i.test(upgrade))
    throw new AskingFault('upgrade', 'the header upgrade names another protocol than websocket')
  if (asking.by === 'url') {
    const url = header(request, asking.url)
    const start = url.indexOf('://')
    const path = url.indexOf('/', start + 3)
    // What has no path, or a question before it, names no host by the check that follows.
    const proto = start === -1 ? '' : url.slice(0, start)
    const host = path === -1 ? '' : url.slice(start + 3, path)
    const uri = path === -1 ? '' : url.slice(path)
    return check(asking.url, asking.url, asking.url, proto, host, uri, header(request, asking.method))
  }
  const proto = header(request, asking.proto)
  if (asking.by === 'request') {
    const { method = '' } = request
    return check(asking.proto, 'host', 'path', proto, header(request, 'host'), path, method)
  }
  const { host, uri, method } = asking
  return check(
    asking.proto,
    host,
    uri,
    proto,
    header(request, host),
    header(request, uri),
    header(request, method),
  )
}

function header({ headers }: IncomingMessage, name: string): string {
  const value = headers[name]
  if (value === undefined || value === '') throw new AskingFault(name, `the header ${name} is missing`)
  return value as string
}

/** A WebSocket's protocol is that of the page it belongs to. */
function protoOf(said: string): Asked['proto'] | undefined {
  if (said === 'https' || said === 'wss') return 'https'
  return said === 'http' || said === 'ws' ? 'http' : undefined
}

function check(
  protoFrom: string,
  hostFrom: string,
  uriFrom: string,
  proto: string,
  host: string,
  uri: string,
  method: string,
): Asked {
  const known = protoOf(proto)
  if (!known) throw new AskingFault(protoFrom, `the header ${protoFrom} names neither http nor https`)
  if (!hostForm.test(host)) throw new AskingFault(hostFrom, `the header ${hostFrom} names no host`)
  if (!methodForm.test(method)) throw new AskingFault('method', 'the method is none')
  if (uri[0] !== '/') throw new AskingFault(uriFrom, `the header ${uriFrom} has no path`)
  const end = uri.indexOf('?')
  if (isAmbiguous(end === -1 ? uri : uri.slice(0, end)))
    throw new AskingFault(uriFrom, `the path in ${uriFrom} can be read in two ways`)
  return { method, proto: known, host, uri }
}

/** Two slashes, a segment of dots, a parameter, a fragment, a backslash, a control character, a byte beyond ASCII. */
const plainly = /\/\/|\/\.{1,2}(?:\/|$)|[^\x21-\x7e]|[;\\#]/
/**
 * The same behind a percent sign, once or twice; a letter, digit, dot, hyphen or tilde that needs none (RFC 3986 section
 * 2.3); more bytes than a character needs; the wide forms of slash, backslash and dot; a percent sign that stands alone.
 */
const disguised = new RegExp(
  [
    '%(?![0-9a-f]{2})',
    '%[01][0-9a-f]',
    '%(?:2[def]|3[0-9b]|4[1-9a-f]|5[0-9acf]|6[1-9a-f]|7[0-9aef]|c[01])',
    '%25[0-9a-f]{2}',
    '%e0%[89]',
    '%f0%8',
    '%ef%bc%(?:8e|8f|bc)',
  ].join('|'),
  'i',
)

/** Whether a path could be read in two ways. */
const isAmbiguous = (path: string): boolean =>
  plainly.test(path) || (path.includes('%') && disguised.test(path))
