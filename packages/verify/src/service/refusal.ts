// How a service says no: problem details (RFC 9457) with a challenge (RFC 6750, RFC 9470), the codes being the server's.
import type { Reason } from '../verdict.js'

/** Why a request was refused: a token's reasons, and those of what is around it. */
export type RejectReason =
  | Reason
  | 'missing'
  | 'request'
  | 'origin'
  | 'keys_unavailable'
  | 'revocation_unavailable'
  | 'scope'
  | 'role'
  | 'mfa'
  | 'age'
  | 'where'

export type RefusalCode =
  | 'token_missing'
  | 'access_token_invalid'
  | 'access_token_expired'
  | 'session_ended'
  | 'step_up_required'
  | 'forbidden'
  | 'origin_not_allowed'
  | 'invalid_request'
  | 'verifier_unavailable'

/** What `send` needs of Node's response, or of a framework's. */
export interface NodeResponse {
  statusCode: number
  readonly headersSent?: boolean
  readonly writableEnded?: boolean
  setHeader(name: string, value: string): unknown
  end(body: string): unknown
}

export interface Refusal {
  readonly ok: false
  readonly status: 400 | 401 | 403 | 503
  readonly code: RefusalCode
  readonly reason: RejectReason
  readonly detail: string
  readonly headers: Readonly<Record<string, string>>
  /** Problem details. */
  readonly body: Readonly<Record<string, unknown>>
  /** Answers a request of node:http, unless somebody else has answered it meanwhile. */
  send(response: NodeResponse): void
  /** The same for whatever speaks in Fetch's words. */
  response(): Response
}

export interface Said {
  readonly code: RefusalCode
  readonly reason: RejectReason
  readonly detail: string
  /** Parameters of the challenge, in its order; without them it names the scheme alone. */
  readonly challenge?: Readonly<Record<string, string | number>>
  /** More members of the body. */
  readonly more?: Readonly<Record<string, unknown>>
}

const kinds: Record<RefusalCode, { status: Refusal['status']; title: string }> = {
  token_missing: { status: 401, title: 'An access token is needed.' },
  access_token_invalid: { status: 401, title: 'The access token is not valid.' },
  access_token_expired: { status: 401, title: 'The access token has expired.' },
  session_ended: { status: 401, title: 'The session has ended.' },
  step_up_required: { status: 401, title: 'A recent or stronger sign-in is needed.' },
  forbidden: { status: 403, title: 'This is not allowed.' },
  origin_not_allowed: { status: 403, title: 'The origin is not allowed.' },
  invalid_request: { status: 400, title: 'The request is not valid.' },
  verifier_unavailable: { status: 503, title: 'Tokens cannot be judged just now.' },
}

/** @param issuer whose pages explain the codes */
export function refusal(issuer: string, { code, reason, detail, challenge, more }: Said): Refusal {
  const { status, title } = kinds[code]
  const type =
    code === 'verifier_unavailable' ? 'about:blank' : `${issuer.replace(/\/$/, '')}/docs/errors/${code}`
  const headers: Record<string, string> = {
    'cache-control': 'no-store',
    'content-type': 'application/problem+json',
  }
  if (status === 401 || challenge) headers['www-authenticate'] = challengeOf(challenge)
  if (status === 503) headers['retry-after'] = '1'
  const body = { type, title, status, detail, code, ...more }
  const text = JSON.stringify(body)
  return {
    ok: false,
    status,
    code,
    reason,
    detail,
    headers,
    body,
    send: (response) => {
      // While the verifier waited for the issuer, a time limit of the service may have said something.
      if (response.headersSent || response.writableEnded) return
      response.statusCode = status
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
      response.end(text)
    },
    response: () => new Response(text, { status, headers }),
  }
}

function challengeOf(challenge: Said['challenge'] = {}): string {
  const parameters = Object.entries(challenge).map(([name, value]) =>
    typeof value === 'number' ? `${name}=${value}` : `${name}="${value.replaceAll(/[^ !#-[\]-~]/g, '')}"`,
  )
  return ['Bearer', parameters.join(', ')].filter(Boolean).join(' ')
}
