// One request to the issuer, and what its answer means. It uses a fetch of its own, never the one that carries tokens and
// retries, so a refresh cannot be caught by itself.
import { type Clocks, moment } from './access-token.js'
import type { Endpoint, Endpoints, Match } from './endpoints.js'
import { type ErrorCode, type FieldProblem, isSpoken, SallyportError } from './errors.js'

type Json = Readonly<Record<string, unknown>>

export interface Said {
  readonly ok: true
  readonly body: Json
  /** When it was asked for, by both clocks. */
  readonly since: ReturnType<typeof moment>
}

export interface Refused {
  readonly ok: false
  readonly error: SallyportError
  /** The server itself has said that the session is over. */
  readonly ended: boolean
}

export interface Wire {
  readonly mode: 'cookie' | 'token'
  readonly endpoints: Endpoints
  /**
   * @param input values by our names; what the endpoint has no name for is left out
   * @param bearer sent as `Authorization`
   */
  ask(endpoint: Endpoint, input: Record<string, string | undefined>, bearer?: string): Promise<Said | Refused>
}

interface Options {
  readonly issuer: string
  readonly mode: 'cookie' | 'token'
  readonly endpoints: Endpoints
  readonly timeoutMs: number
  readonly fetch: typeof fetch | undefined
  readonly clocks: Clocks
}

export function openWire({ issuer, mode, endpoints, timeoutMs, fetch, clocks }: Options): Wire {
  const base = issuer.replace(/\/+$/, '')
  return {
    mode,
    endpoints,
    ask: async (endpoint, input, bearer) => {
      const since = moment(clocks)
      const send = fetch ?? globalThis.fetch
      try {
        const response = await send(base + endpoint.path, {
          method: 'POST',
          credentials: mode === 'cookie' ? 'include' : 'omit',
          // A password or a token is never sent on to wherever somebody points.
          redirect: 'error',
          cache: 'no-store',
          signal: AbortSignal.timeout(timeoutMs),
          headers: {
            accept: 'application/json, application/problem+json',
            'content-type': 'application/json',
            ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
          },
          body: JSON.stringify(bodyOf(endpoint, mode, input)),
        })
        const body = await json(response)
        if (!response.ok) return refusal(endpoints, endpoint, response, body)
        return { ok: true, body: body ?? {}, since }
      } catch (error) {
        return { ok: false, ended: false, error: silence(error) }
      }
    },
  }
}

function bodyOf(
  endpoint: Endpoint,
  mode: 'cookie' | 'token',
  input: Record<string, string | undefined>,
): Json {
  const members = Object.entries(endpoint.members).flatMap(([own, name]) => {
    const value = input[own]
    if (value === undefined) return []
    return [[name, endpoint.base64?.includes(own) ? base64(value) : value]]
  })
  return { ...Object.fromEntries(members), ...endpoint.besides?.[mode] }
}

/** Of the UTF-8 bytes: `btoa` alone stops at the first letter that is not Latin-1. */
function base64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''))
}

const isJson = ({ headers }: Response): boolean =>
  /^application\/(?:[\w.+-]+\+)?json\b/i.test(headers.get('content-type') ?? '')

/** The body where it is a JSON object; undefined for anything else, a portal's page for one. */
async function json(response: Response): Promise<Json | undefined> {
  if (!isJson(response)) return undefined
  try {
    const body: unknown = await response.json()
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Json) : undefined
  } catch (error) {
    // Cut off on the way: that is no answer. No JSON in it: that is a strange one.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/**
 * The same, and the body is there still for somebody else. What is no JSON is not copied: a body with a copy that nobody
 * reads is never done with being cancelled.
 */
export const peek = async (response: Response): Promise<Json | undefined> =>
  isJson(response) ? json(response.clone()) : undefined

export const matches = (match: Match | undefined, status: number, body: Json | undefined): boolean =>
  match !== undefined && status === match.status && match.is.includes(String(body?.[match.member]))

function refusal(
  endpoints: Endpoints,
  endpoint: Endpoint,
  response: Response,
  body: Json | undefined,
): Refused {
  const { status, headers } = response
  const requestId = text(body?.instance)
  const retryAfterMs = waitOf(headers.get('retry-after'))
  const details = {
    status,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(Array.isArray(body?.errors) && { fields: body.errors as FieldProblem[] }),
    ...(requestId !== undefined && { requestId }),
  }
  const message = text(body?.[endpoints.message]) ?? `the server answered ${status}`
  return {
    ok: false,
    ended: matches(endpoints.ended, status, body),
    error: new SallyportError(codeOf(endpoints, endpoint, status, body), message, details),
  }
}

function codeOf(endpoints: Endpoints, endpoint: Endpoint, status: number, body: Json | undefined): ErrorCode {
  const said = endpoints.code === undefined ? undefined : body?.[endpoints.code]
  if (isSpoken(said)) return said
  if (status === 429) return 'too_many_requests'
  // Any page can carry any status; only a body of the server's own kind makes it a sentence of the contract.
  const spoken = text(body?.[endpoints.message]) !== undefined
  return (spoken ? endpoint.statuses?.[status] : undefined) ?? 'unexpected_answer'
}

function silence(error: unknown): SallyportError {
  const late = (error as { name?: string } | undefined)?.name === 'TimeoutError'
  return late
    ? new SallyportError('timed_out', 'the server did not answer in time')
    : new SallyportError('unreachable', 'the server could not be reached')
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** `Retry-After` in milliseconds, given in seconds or as a date. */
function waitOf(header: string | null): number | undefined {
  if (header === null) return undefined
  const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined
}
