// Failures on the wire: a failure's code looked up in the catalogue, dressed in the contract's words and template.
// What is not a failure becomes `internal` before it comes here; nothing of it is told to the client.

import { STATUS_CODES } from 'node:http'
import {
  type Contract,
  type ErrorCode,
  errors,
  type Failure,
  type FieldProblem,
  type Operation,
  type Route,
  type Say,
  type Schema,
} from '@sallyport/protocol'
import { compileTree, type Data, type Print, parseTemplate, type Tree } from './template.js'
import { WireFailure } from './wire-failure.js'

/** What an error template may name. */
const facts: Schema = {
  type: 'object',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    message: { type: 'string' },
    code: { type: 'string', enum: Object.keys(errors) },
    request_id: { type: 'string' },
    retry_after: { type: 'integer' },
    max_age: { type: 'integer' },
    purpose: { type: 'string' },
    proof: { type: 'string' },
    reason: { type: 'string' },
    path: { type: 'string' },
    say: { type: 'object', additionalProperties: true },
    fields: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          pointer: { type: 'string' },
          name: { type: 'string' },
          from: { type: 'string', enum: ['body', 'query', 'path'] },
          code: { type: 'string' },
          detail: { type: 'string' },
        },
        required: ['pointer', 'name', 'from', 'code', 'detail'],
      },
    },
  },
  required: ['type', 'title', 'status', 'message', 'code', 'request_id', 'proof', 'reason', 'path', 'say'],
}

/** How canonical inputs are called on a route's wire. */
export interface Naming {
  /** The wire member of a canonical input, and where it is read. */
  readonly wireName: (canonical: string) => { name: string; from: string } | undefined
}

export interface Refusal {
  readonly status: number
  readonly body: string
  /** Name, value, name, value. */
  readonly headers: string[]
  readonly clearsCookies: boolean
}

/** What is known of the request that failed. */
export interface FailedRequest {
  readonly requestId: string
  readonly path: string
  readonly input: Data
  /** Overrides the status that the code has: failures below HTTP's semantics (408, 414, 431). */
  readonly status?: number
}

export type Refuse = (failure: Failure, request: FailedRequest) => Refusal

interface Words {
  readonly status: number
  readonly message: Print | undefined
  readonly words: Readonly<Record<string, string>>
  readonly headers: readonly (readonly [name: string, value: Print])[]
  readonly clearsCookies: boolean
  readonly print: Print
}

/** The tree of an error's body, for the self-description as well. Throws an Error for a reference that is unknown. */
export function errorTree(contract: Contract, say?: Say): Tree {
  return parseTemplate(say?.body ?? contract.error.body, { schema: facts })
}

/** How failures are said: by a contract, or by one of its routes. */
export interface Refusals {
  readonly refuse: Refuse
  readonly words: Readonly<Record<ErrorCode, Words>>
}

/** Compiles a contract's failures. Throws an Error that names the code whose words cannot be read. */
export function compileRefusals(contract: Contract, issuer: string): Refusals {
  const usual = compileTree(errorTree(contract))
  const anything: Schema = { type: 'object', additionalProperties: true }
  const says = contract.errors ?? {}
  assertCodes(says)
  const words = {} as Record<ErrorCode, Words>
  for (const code of Object.keys(errors) as ErrorCode[])
    words[code] = compileWords(contract, code, says[code], usual, anything)
  return {
    words,
    refuse: (failure, request) =>
      printRefusal(contract, issuer, words[failure.code], failure, request, undefined),
  }
}

/** Compiles a route's failures: its own words where it has any, else the contract's. Throws as above. */
export function compileRouteRefusals(
  contract: Contract,
  issuer: string,
  usual: Refusals,
  { errors: says = {} }: Route,
  operation: Operation,
  naming: Naming,
): Refuse {
  assertCodes(says)
  const own: Partial<Record<ErrorCode, Words>> = {}
  for (const code of Object.keys(says) as ErrorCode[]) {
    const say = { ...contract.errors?.[code], ...says[code] }
    // A route's own message knows the operation; a contract's speaks for them all and was read above.
    const input = says[code]?.message === undefined ? { additionalProperties: true } : operation.input
    own[code] = compileWords(contract, code, say, usual.words[code].print, input)
  }
  return (failure, request) => {
    const words = own[failure.code] ?? usual.words[failure.code]
    return printRefusal(contract, issuer, words, failure, request, naming)
  }
}

function assertCodes(says: object): void {
  for (const code of Object.keys(says))
    if (!Object.hasOwn(errors, code)) throw new Error(`errors.${code}: there is no such error`)
}

function compileWords(
  contract: Contract,
  code: ErrorCode,
  say: Say | undefined,
  usual: Print,
  input: Schema,
): Words {
  try {
    const scope = { schema: facts, input }
    return {
      status: say?.status ?? errors[code].status,
      message: say?.message === undefined ? undefined : compileTree(parseTemplate(say.message, scope)),
      words: say?.words ?? {},
      headers: Object.entries(say?.headers ?? {}).map(
        ([name, value]) => [name, compileTree(parseTemplate(value, { schema: facts }))] as const,
      ),
      clearsCookies: say?.cookies === 'clear',
      print: say?.body === undefined ? usual : compileTree(errorTree(contract, say)),
    }
  } catch (error) {
    throw new Error(`errors.${code}: ${(error as Error).message}`)
  }
}

function printRefusal(
  contract: Contract,
  issuer: string,
  words: Words,
  failure: Failure,
  request: FailedRequest,
  naming: Naming | undefined,
): Refusal {
  const { code, details } = failure
  const status = request.status ?? words.status
  const retryAfter = details.retryAfter === undefined ? undefined : Math.max(1, Math.ceil(details.retryAfter))
  const fields = details.fields?.map((field) => describeField(field, failure, naming))
  const told = {
    type: `${issuer}/docs/errors/${code}`,
    title: errors[code].title,
    status,
    code,
    message: words.message?.({}, request.input) ?? details.detail ?? errors[code].title,
    request_id: request.requestId,
    fields: fields?.length ? fields : undefined,
    retry_after: retryAfter,
    ...challengeOf(failure),
    reason: STATUS_CODES[status] ?? 'Error',
    path: request.path,
    say: words.words,
  }
  const body = words.print(told, request.input)
  const headers = ['content-type', contract.error.contentType]
  if (retryAfter !== undefined) headers.push('retry-after', String(retryAfter))
  if (details.allow) headers.push('allow', details.allow.join(', '))
  headers.push(...Object.entries(contract.errorHeaders?.[status] ?? {}).flat())
  for (const [name, value] of words.headers) headers.push(name, String(value(told, request.input)))
  return {
    status,
    body:
      typeof body === 'string' && !contract.error.contentType.includes('json') ? body : JSON.stringify(body),
    headers,
    clearsCookies: words.clearsCookies,
  }
}

/** The proof that is asked for, member by member and as RFC 9470 section 3 writes it. */
function challengeOf({ code, details: { proof } }: Failure) {
  if (code !== 'step_up_required') return { proof: '' }
  const { maxAge = 300, purpose } = proof ?? {}
  const quoted = purpose === undefined ? '' : `, purpose="${purpose}"`
  return { max_age: maxAge, purpose, proof: `max_age=${maxAge}${quoted}` }
}

function describeField({ path, code, detail }: FieldProblem, failure: Failure, naming: Naming | undefined) {
  const [first = '', ...rest] = path
  const wire = failure instanceof WireFailure ? undefined : naming?.wireName(String(first))
  const name = wire?.name ?? String(first)
  const pointer = path.length === 0 ? '' : [name, ...rest].map(escapePointer).join('')
  return { pointer, name, from: wire?.from ?? 'body', code, detail }
}

/** One step of a JSON pointer (RFC 6901). */
const escapePointer = (step: string | number) =>
  `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`
