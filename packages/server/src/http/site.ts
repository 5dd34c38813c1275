// The hosted pages on the wire: a visit is read here (form, cookies, where it comes from), its operations are called for
// whoever the page cookie speaks for, and what the page answers is written. What a page shows and does is the pages'.
import type { IncomingMessage } from 'node:http'
import type { Data } from '@sallyport/protocol'
import {
  type ErrorCode,
  errors,
  Failure,
  fail,
  type Operation,
  type PageAnswer,
  type PageCookie,
  type PageRequest,
  type PageRoute,
  type Pages,
} from '@sallyport/protocol'
import { Aborted, hasBody, readBody } from './body.js'
import type { Speech } from './compile.js'
import {
  type Cookie,
  cookiesToClearAll,
  cookiesToSet,
  readCookie,
  readCookies,
  withoutHiddenTokens,
} from './cookies.js'
import { decodeBody, type Members } from './decode.js'
import { factsOf } from './exchange.js'
import { parseFields, texts } from './form.js'
import { mayAct } from './origin.js'
import { renewalFor } from './renewal.js'
import { type Answer, assertPlainSpelling, type Core, type Exchange } from './serve.js'
import { pathOf, write, writeFailure } from './write.js'

/** Serves a visit of a page. */
export async function servePage(
  core: Core,
  exchange: Exchange,
  pages: Pages,
  route: PageRoute,
): Promise<void> {
  const cookies: string[] = []
  try {
    const request = await readVisit(core, exchange, route, cookies)
    const answer = await pages.answer(request)
    const { code, cause } = answer.refused ?? {}
    if (code !== undefined && cause !== undefined) logCause(core, exchange, code as ErrorCode, cause)
    writePage(core, exchange, answer, cookies, code as ErrorCode | undefined)
  } catch (error) {
    await writeFault(core, exchange, pages, error, cookies)
  }
}

/** Serves a file of the pages. */
export async function serveFile(core: Core, exchange: Exchange, pages: Pages): Promise<void> {
  try {
    const file = await pages.file(String(exchange.params.file ?? ''))
    if (!file) throw fail('not_found')
    const { contentType, body } = file
    const headers = ['content-type', contentType, 'cache-control', 'public, max-age=31536000, immutable']
    write(core, exchange, { status: 200, body, headers })
  } catch (error) {
    writeFailure(core, exchange, error)
  }
}

/** Says a failure as a page, to somebody who looks at one. */
export async function writeFault(
  core: Core,
  exchange: Exchange,
  pages: Pages,
  error: unknown,
  cookies: readonly string[] = [],
  headers: readonly string[] = [],
): Promise<void> {
  // Whoever went away in the middle reads no page.
  if (error instanceof Aborted) {
    writeFailure(core, exchange, error)
    return
  }
  const failure = error instanceof Failure ? error : fail('internal', { cause: error })
  const { code, details } = failure
  const { retryAfter } = details
  if (details.cause !== undefined) logCause(core, exchange, code, details.cause)
  const fault = { code, status: errors[code].status, ...(retryAfter !== undefined && { retryAfter }) }
  try {
    const { request, requestId } = exchange
    const acceptLanguage = request.headers['accept-language'] ?? ''
    const cookie = (name: PageCookie) => readOwnCookie(core, request, name)
    const answer = await pages.fault({ acceptLanguage, requestId, cookie }, fault)
    writePage(core, exchange, answer, cookies, code, headers)
  } catch (unsaid) {
    logCause(core, exchange, 'internal', unsaid)
    writeFailure(core, exchange, failure)
  }
}

function logCause(core: Core, { requestId }: Exchange, code: ErrorCode, err: unknown): void {
  const facts = { requestId, code, err }
  if (code === 'internal') core.door.log.error(facts, 'a page failed')
  else core.door.log.warn(facts, 'a page failed')
}

/** Whether somebody looks at the answer: a browser that goes there, or one that asks for HTML by name. */
export function isLookedAt({ method, headers }: IncomingMessage): boolean {
  const mode = headers['sec-fetch-mode']
  if (mode !== undefined && mode !== 'navigate') return false
  return method === 'GET' && /(^|[\s,])text\/html(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(headers.accept ?? '')
}

async function readVisit(
  core: Core,
  exchange: Exchange,
  { method, path: route }: PageRoute,
  cookies: string[],
): Promise<PageRequest> {
  const { request, params, requestId } = exchange
  const url = request.url as string
  assertPlainSpelling(url)
  const form = method === 'POST' ? await readForm(core, request) : {}
  const header = request.headers.cookie ?? ''
  const page = pageCookieOf(exchange.speech)
  const start = url.indexOf('?')
  const token = readCookie(header, page.name)
  if (token !== undefined) cookies.push(...gateCookieBeside(exchange.speech, token, header))
  return {
    method,
    route,
    path: pathOf(url),
    params: params as Record<string, string>,
    query: texts(start === -1 ? {} : parseFields(url.slice(start + 1))),
    form: texts(form),
    acceptLanguage: request.headers['accept-language'] ?? '',
    requestId,
    hasSession: token !== undefined,
    cookie: (name) => readCookie(header, ownCookie(core, name)),
    renewal: () => renewalFor(core, exchange),
    call: (operation, input) =>
      callFor(core, exchange, token, cookies, operation as Operation, input as Data) as Promise<never>,
  }
}

export function pageCookieOf({ cookies, contract }: Speech): Cookie {
  const found = cookies.find(({ holds }) => holds === 'page')
  if (!found) throw new Error(`contract "${contract.name}": has no cookie for pages`)
  return found
}

/** The gate's cookie, where a browser has that of the pages from before there was one: else it would be led in circles. */
function gateCookieBeside({ cookies }: Speech, token: string, header: string): string[] {
  const gate = cookies.find(({ holds }) => holds === 'gate')
  const value = gate?.follows?.(token)
  // A sub-domain may have left more of them: that the right one is among them is enough.
  if (!gate || value === undefined || readCookies(header, gate.name).includes(value)) return []
  return [`${gate.name}=${value}${gate.attributes}`]
}

/** As far as it can be read: a broken header of cookies is no reason to say nothing. */
export function readOwnCookie(
  core: Core,
  { headers }: IncomingMessage,
  name: PageCookie,
): string | undefined {
  try {
    return readCookie(headers.cookie ?? '', ownCookie(core, name))
  } catch {
    return undefined
  }
}

const ownCookie = ({ door }: Core, name: PageCookie) =>
  `${door.secureCookies ? '__Host-' : ''}sallyport_${name}`

/** A form that a page of ours sent, or none: what else a browser may be made to send is refused before it is read. */
async function readForm(core: Core, request: IncomingMessage): Promise<Members> {
  // Without a referrer a browser calls its origin opaque, and says all the same that it is ours.
  const isOurs = request.headers['sec-fetch-site'] === 'same-origin'
  if (!isOurs && !mayAct(request.headers, core.trustedOrigins, false)) throw fail('origin_not_allowed')
  const bytes = hasBody(request) ? await readBody(request) : undefined
  return decodeBody(['form'], request.headers, bytes)
}

/** As serve.ts does it for a route: caller, input, limit, the operation, its cookies. */
async function callFor(
  core: Core,
  exchange: Exchange,
  token: string | undefined,
  cookies: string[],
  operation: Operation,
  input: Data,
): Promise<Data> {
  const { door } = core
  if (!door.operations.has(operation.name)) throw new Error(`pages: ${operation.name} is not served`)
  const facts = { ...factsOf(exchange), ...(operation.wayIn && { transport: 'cookie' as const }) }
  const caller = await door.visit!(operation, token, facts)
  const complete = withDevice(exchange, operation, input)
  const validate = await core.validators.of(operation)
  const fields = validate(complete)
  if (fields) throw fail('invalid_request', { fields })
  if (operation.limit !== undefined) await door.limit(operation, facts)
  const output = (await door.call(operation, caller, complete)) as Data
  cookies.push(...cookiesAfter(exchange, operation, output))
  return withoutHiddenTokens(output)
}

const longestDeviceToken = 256

function withDevice({ speech, request }: Exchange, operation: Operation, input: Data): Data {
  if (!Object.hasOwn(operation.input.properties ?? {}, 'device_token')) return input
  const name = speech.cookies.find(({ holds }) => holds === 'device')?.name
  const kept = name === undefined ? undefined : readCookie(request.headers.cookie ?? '', name)
  return kept === undefined || kept.length > longestDeviceToken ? input : { ...input, device_token: kept }
}

/** What the contract's route of the operation does to cookies, a form does too. */
function cookiesAfter({ speech }: Exchange, operation: Operation, output: Data): string[] {
  const { contract, cookies } = speech
  const route = contract.routes.find((one) => one.operation === operation.name)
  if (route?.reply.cookies === 'set') return cookiesToSet(cookies, output)
  if (route?.reply.cookies === 'clear') return cookiesToClearAll(cookies)
  return []
}

function writePage(
  core: Core,
  exchange: Exchange,
  answer: PageAnswer,
  cookies: readonly string[],
  code?: ErrorCode,
  more: readonly string[] = [],
): void {
  const { status, html, file, location, retryAfter } = answer
  const headers = ['cache-control', 'no-store', ...more]
  if (html !== undefined) headers.push('content-type', 'text/html; charset=utf-8')
  if (file)
    headers.push(
      'content-type',
      file.contentType,
      'content-disposition',
      `attachment; filename="${file.name}"`,
    )
  if (location !== undefined) headers.push('location', location)
  if (retryAfter !== undefined) headers.push('retry-after', String(retryAfter))
  const own = (answer.cookies ?? []).map((cookie) => ownCookieLine(core, cookie))
  const written: Answer = {
    status,
    body: html ?? file?.body,
    headers,
    common: commonOf(core, answer),
    cookies: [...cookies, ...own],
  }
  write(core, exchange, written, code)
}

function ownCookieLine(core: Core, { name, value, seconds }: NonNullable<PageAnswer['cookies']>[number]) {
  const lasts = value === undefined ? '; Max-Age=0' : seconds === undefined ? '' : `; Max-Age=${seconds}`
  const secure = core.door.secureCookies ? '; Secure' : ''
  return `${ownCookie(core, name)}=${value ?? ''}; Path=/; HttpOnly; SameSite=Lax${secure}${lasts}`
}

/** Style, script, pictures and fonts from us; forms to us, and to where the answer to one of them may lead. */
function commonOf({ door }: Core, { leadsTo = [], secretAddress }: PageAnswer): readonly string[] {
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    ["form-action 'self'", ...leadsTo].join(' '),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
  return [
    ...['x-content-type-options', 'nosniff'],
    ...['referrer-policy', secretAddress ? 'no-referrer' : 'same-origin'],
    ...['content-security-policy', policy],
    ...['cross-origin-opener-policy', 'same-origin'],
    ...['cross-origin-resource-policy', 'same-origin'],
    ...['permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()'],
    ...['x-frame-options', 'DENY'],
    ...['vary', 'cookie, accept-language'],
    ...(door.issuer.startsWith('https:') ? ['strict-transport-security', 'max-age=31536000'] : []),
  ]
}
