// Asks a server that may be running, through its public URL: what a client would get, and over which certificate.
import { isIP } from 'node:net'
import { connect } from 'node:tls'

/** How long an answer may take. Milliseconds. */
const PATIENCE = 5000

export interface Answered {
  readonly status: number
  /** The server's clock by its Date header, milliseconds; to the second. */
  readonly date?: number
  /** What JSON it sent. */
  readonly body?: unknown
}

export interface Silent {
  /** The code of the failure, such as ECONNREFUSED or CERT_HAS_EXPIRED. */
  readonly failed: string
}

/** GET, without following redirects. */
export async function get(url: string): Promise<Answered | Silent> {
  try {
    const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(PATIENCE) })
    const date = Date.parse(answer.headers.get('date') ?? '')
    const body = await answer.json().catch(() => undefined)
    return { status: answer.status, body, ...(!Number.isNaN(date) && { date }) }
  } catch (error) {
    const { name, cause } = error as { name: string; cause?: { code?: string; message?: string } }
    return { failed: name === 'TimeoutError' ? 'ETIMEDOUT' : (cause?.code ?? cause?.message ?? name) }
  }
}

/** When the certificate of an https URL ends, in milliseconds; undefined where that cannot be seen. */
export async function certificateEnd(url: string): Promise<number | undefined> {
  const { hostname, port } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  const name = isIP(host) === 0 ? { servername: host } : {}
  return new Promise((done) => {
    const socket = connect({ host, port: Number(port || 443), ...name }, () => {
      const end = Date.parse(socket.getPeerCertificate().valid_to)
      socket.destroy()
      done(Number.isNaN(end) ? undefined : end)
    })
    const away = () => {
      socket.destroy()
      done(undefined)
    }
    socket.setTimeout(PATIENCE, away).on('error', away)
  })
}

/** Why nothing answered, in words. */
export function whySilent({ failed }: Silent): string {
  const words: Record<string, string> = {
    ECONNREFUSED: 'nothing listens there',
    ENOTFOUND: 'its name is not known',
    EAI_AGAIN: 'its name could not be looked up',
    ETIMEDOUT: 'no answer within 5 s',
    ECONNRESET: 'the connection was cut',
    CERT_HAS_EXPIRED: 'its certificate has expired',
    DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
    SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority that is not known here',
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes without the chain of its authority',
    ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  }
  return Object.hasOwn(words, failed) ? words[failed]! : failed
}

/** Whether it was the certificate that was in the way. */
export function isCertificate({ failed }: Silent): boolean {
  return /CERT|SELF_SIGNED|VERIFY|TLS|SSL/.test(failed)
}
