// Where a request has its token: `Authorization: Bearer`, or a cookie where one was named. Never the query string.
import type { Said } from './refusal.js'
import type { Settings } from './settings.js'

/** What is looked at of a request of node:http and of what is built on it. */
export interface NodeRequest {
  readonly method?: string | undefined
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Names and values as they came; tells a header that was sent twice. */
  readonly rawHeaders?: readonly string[]
}

/** What is looked at of a Request of Fetch. */
export interface FetchRequest {
  readonly method: string
  readonly headers: { get(name: string): string | null }
}

export type AnyRequest = NodeRequest | FetchRequest

const bearer = /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i
const safe = ['GET', 'HEAD', 'OPTIONS']

/** The token of a request, or what is said where there is none that can be read. */
export function findToken(
  request: AnyRequest,
  { cookie, assertion }: Pick<Settings, 'cookie' | 'assertion'>,
): { token: string } | Said {
  if (assertion) return fromGate(request)
  const header = headerOf(request, 'authorization')
  const token = header === undefined ? undefined : bearer.exec(header)?.[1]
  if (token !== undefined) return isTwice(request) ? unreadable : { token }
  if (header !== undefined && /^bearer(\s|$)/i.test(header)) return unreadable
  return (cookie && fromCookie(request, cookie)) ?? missing
}

/** Empty where the gate let somebody pass whom it does not know. Two are no token, however they are joined. */
function fromGate(request: AnyRequest): { token: string } | Said {
  const token = headerOf(request, 'sallyport-assertion')
  return token ? { token } : { ...missing, detail: 'The gateway says nobody’s name in Sallyport-Assertion.' }
}

const missing: Said = { code: 'token_missing', reason: 'missing', detail: 'The request has no access token.' }
const unreadable: Said = {
  code: 'invalid_request',
  reason: 'request',
  detail: 'The header Authorization is sent once, as Bearer and a token.',
  challenge: { error: 'invalid_request' },
}

function fromCookie(
  request: AnyRequest,
  { name, origins = [] }: NonNullable<Settings['cookie']>,
): { token: string } | Said | undefined {
  const values = (headerOf(request, 'cookie') ?? '')
    .split(/; */)
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1))
  if (values.length === 0 || values[0] === '') return undefined
  if (values.length > 1)
    return { code: 'invalid_request', reason: 'request', detail: `The cookie ${name} was sent twice.` }
  return isReading(request) || mayAct(request, origins)
    ? { token: values[0] as string }
    : {
        code: 'origin_not_allowed',
        reason: 'origin',
        detail: 'A change by cookie needs an origin that is listed.',
      }
}

/** A WebSocket begins as a GET, and then its page may read and write whatever the service lets it. */
const isReading = (request: AnyRequest): boolean =>
  safe.includes(request.method ?? '') && !headerOf(request, 'upgrade')

/** Whether the page that made a browser send this may change something: it is ours, or it is listed. */
function mayAct(request: AnyRequest, origins: readonly string[]): boolean {
  const origin = headerOf(request, 'origin')
  if (origin !== undefined && origins.includes(origin)) return true
  return ['same-origin', 'none'].includes(headerOf(request, 'sec-fetch-site') ?? '')
}

function headerOf({ headers }: AnyRequest, name: string): string | undefined {
  const value = isFetch(headers) ? headers.get(name) : headers[name]
  if (value === undefined || value === null) return undefined
  return typeof value === 'string' ? value : value.join(', ')
}

const isFetch = (headers: AnyRequest['headers']): headers is FetchRequest['headers'] =>
  typeof (headers as { get?: unknown }).get === 'function'

/** Node keeps the first of two; Fetch joins them, which no token survives. */
function isTwice(request: AnyRequest): boolean {
  const { rawHeaders = [] } = request as NodeRequest
  let times = 0
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (rawHeaders[index]?.length === 13 && rawHeaders[index]?.toLowerCase() === 'authorization') times++
  return times > 1
}
