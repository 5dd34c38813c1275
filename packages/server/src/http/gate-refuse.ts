// Those who do not pass the gate. A browser that navigates is led to the sign-in page and back again; whatever else asks
// is told no, for a redirect would only puzzle it. Where the operator names a contract, that contract's words count.
import { type ErrorCode, errors, Failure, fail } from '@sallyport/protocol'
import { openExchange } from './exchange.js'
import type { Question } from './gate.js'
import { AskingFault } from './gate-asked.js'
import { common } from './gate-pass.js'
import { RuleFault } from './gate-rules.js'
import { wayBack } from './gate-way-back.js'
import type { Exchange } from './serve.js'
import { pathOf, write, writeFailure } from './write.js'

/** Says no. */
export function refuse(question: Question, error: unknown): void {
  const { core, request, response, id, reading } = question
  const failure = failureOf(question, error)
  const exchange = openExchange(core, request, response, reading.speech, id, question.startedAt)
  const status = failure.code === 'internal' ? 503 : undefined
  // Ours is no business of whoever asked for theirs.
  const path = pathOf(question.asked?.uri ?? '')
  if (reading.ownWords) writeFailure(core, exchange, failure, { status, path })
  else lead(question, exchange, failure, status ?? errors[failure.code].status)
}

/** Gateways know three kinds of no: sign in, not allowed, not now. Anything else the log tells in its own words. */
function failureOf({ core, gateway, id, request }: Question, error: unknown): Failure {
  const facts = { requestId: id, gateway: gateway.name }
  if (error instanceof AskingFault || error instanceof RuleFault) {
    const header = error instanceof AskingFault ? { header: error.header } : {}
    core.door.log.warn(
      { ...facts, ...header, peer: request.socket.remoteAddress },
      `the gate: ${error.message}`,
    )
    return fail('forbidden', {
      detail: 'The gateway asked in a way that cannot be answered; the log says why.',
    })
  }
  if (!(error instanceof Failure)) {
    core.door.log.error({ ...facts, err: error }, 'the gate failed')
    return fail('internal')
  }
  const { code } = error
  if (code === 'internal' || [401, 403, 503].includes(errors[code].status)) return error
  core.door.log.warn({ ...facts, code }, `the gate: ${error.details.detail ?? errors[code].title}`)
  return fail('forbidden')
}

function lead(question: Question, exchange: Exchange, failure: Failure, status: number): void {
  const { gateway } = question
  const { code } = failure
  const to = isNavigation(question) ? targetOf(question, failure, status) : undefined
  if (to === undefined) writeProblem(question, exchange, failure, status)
  else if (gateway.lead !== 'redirect')
    writeProblem(question, exchange, failure, status, [gateway.lead.header, to])
  else if (status === 401) {
    const isRead = question.asked?.method === 'GET' || question.asked?.method === 'HEAD'
    const headers = [...common, 'location', to]
    write(question.core, exchange, { status: isRead ? 302 : 303, body: undefined, headers, common: [] }, code)
  } else writeNoAccess(question, exchange, to, code)
}

/** Whether a browser goes there (W3C Fetch Metadata), or, where it does not say, somebody who reads HTML. */
function isNavigation({ request: { headers }, asked }: Question): boolean {
  if (asked === undefined || headers.upgrade !== undefined) return false
  const mode = headers['sec-fetch-mode']
  if (mode !== undefined) return mode === 'navigate'
  return /(^|[\s,])text\/html(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(headers.accept ?? '')
}

/** Where a browser is led: to sign in and back again, or to be told which account it is. */
function targetOf(question: Question, { code, details }: Failure, status: number): string | undefined {
  const { core, asked, request } = question
  const { issuer, pages } = core.door
  if (!pages || !asked) return undefined
  if (status === 403) return `${issuer}/no-access`
  if (status !== 401) return undefined
  // Whoever is signed in there would be led straight back, for the cookies to be refused again.
  if (details.several) return `${issuer}/sign-in?prompt=login&several=1`
  const { at, rt } = wayBack(question, asked, request.headers.referer) ?? { at: `${issuer}/sign-in` }
  const query = new URLSearchParams({
    ...(rt !== undefined && { rt }),
    ...(code === 'session_ended' && { ended: '1' }),
  })
  return query.size > 0 ? `${at}?${query}` : at
}

function writeProblem(
  { core, reading: { speech } }: Question,
  exchange: Exchange,
  failure: Failure,
  status: number,
  more: readonly string[] = [],
): void {
  const facts = { requestId: exchange.requestId, path: '', input: {}, now: core.door.now(), status }
  const { body, headers } = speech.refusals.refuse(failure, facts)
  write(core, exchange, { status, body, headers: [...common, ...headers, ...more], common: [] }, failure.code)
}

/** No redirect, so that the answer stays a no; the browser goes on by itself to the page that says it in its language. */
function writeNoAccess({ core }: Question, exchange: Exchange, to: string, code: ErrorCode): void {
  const href = to.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
  const body = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=${href}"><title>Not allowed</title>
<p>This account may not go there. <a href="${href}">Which account is this?</a>
`
  const policy = "default-src 'none'; frame-ancestors 'none'"
  const type = ['content-type', 'text/html; charset=utf-8', 'content-security-policy', policy]
  write(core, exchange, { status: 403, body, headers: [...common, ...type], common: [] }, code)
}
