// Failures on the wire: a failure's code looked up in the catalogue, dressed in the contract's words and template.
// What is not a failure becomes `internal` before it comes here; nothing of it is told to the client.

import { STATUS_CODES } from 'node:http'
import {
  type Contract,
  compileTree,
  type Data,
  type ErrorCode,
  type ErrorShade,
  errors,
  type Failure,
  type FieldProblem,
  type Operation,
  type Print,
  parseTemplate,
  type Route,
  type Say,
  type Schema,
  shades,
  type Tree,
} from '@sallyport/protocol'
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
    now: { type: 'integer' },
    details: { type: 'string' },
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
  required: [
    'type',
    'title',
    'status',
    'message',
    'code',
    'request_id',
    'proof',
    'reason',
    'path',
    'now',
    'say',
  ],
}

/** How canonical inputs are called on a route's wire. */
export interface Naming {
  /** The wire member of a canonical input, and where it is read. */
  readonly wireName: (canonical: string) => { name: string; from: string } | undefined
  /** The contract's own sentences for what is wrong with it, by code. */
  readonly sayOf: (canonical: string) => Readonly<Record<string, string>> | undefined
}

export interface Refusal {
  readonly status: number
  readonly body: string
  /** Name, value, name, value. */
  readonly headers: string[]
  readonly cookies: Say['cookies']
}

/** What is known of the request that failed. */
export interface FailedRequest {
  readonly requestId: string
  readonly path: string
  readonly input: Data
  /** Milliseconds since 1970. */
  readonly now: number
  /** Overrides the status that the code has: failures below HTTP's semantics (408, 414, 431). */
  readonly status?: number
}

export type Refuse = (failure: Failure, request: FailedRequest) => Refusal

interface Words {
  readonly status: number
  readonly message: Print | undefined
  readonly words: Readonly<Record<string, string>>
  readonly headers: readonly (readonly [name: string, value: Print])[]
  readonly cookies: Say['cookies']
  readonly print: Print
}

/** The tree of an error's body, for the self-description as well. Throws an Error for a reference that is unknown. */
export function errorTree(contract: Contract, say?: Say): Tree {
  return parseTemplate(say?.body ?? contract.error.body, { schema: facts })
}

/** How failures are said: by a contract, or by one of its routes. */
export interface Refusals {
  readonly refuse: Refuse
  /** By code, and by code and shade where the contract has words for it. */
  readonly words: ReadonlyMap<string, Words>
}

type Told = ErrorCode | ErrorShade

/** Compiles a contract's failures. Throws an Error that names the code whose words cannot be read. */
export function compileRefusals(contract: Contract, issuer: string): Refusals {
  const usual = compileTree(errorTree(contract))
  const anything: Schema = { type: 'object', additionalProperties: true }
  const says = contract.errors ?? {}
  assertCodes(says)
  const words = new Map<string, Words>()
  for (const told of new Set([...Object.keys(errors), ...Object.keys(says)]) as Set<Told>)
    words.set(told, compileWords(contract, told, sayOf(says, told), usual, anything))
  return {
    words,
    refuse: (failure, request) => {
      const found = words.get(shadeOf(failure)) ?? (words.get(failure.code) as Words)
      return printRefusal(contract, issuer, found, failure, request, undefined)
    },
  }
}

/** What is said of a code with a shade: the code's own words where the shade has none. */
function sayOf(says: NonNullable<Contract['errors']>, told: Told): Say | undefined {
  const code = codeOf(told)
  return code === told ? says[code] : { ...says[code], ...says[told] }
}

const codeOf = (told: string) => told.split(':')[0] as ErrorCode

/** The code of a failure with what it can be told apart by. */
function shadeOf({ code, details }: Failure): string {
  if (code !== 'invalid_request') return details.shade === undefined ? code : `${code}:${details.shade}`
  const codes = details.fields?.map((field) => field.code) ?? []
  const worst = codes.includes('required') ? 'missing' : codes.includes('type') ? 'type' : undefined
  return worst === undefined ? code : `${code}:${worst}`
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
  const own = new Map<string, Words>()
  for (const told of Object.keys(says) as Told[]) {
    const say = { ...sayOf(contract.errors ?? {}, told), ...sayOf(says, told) }
    // A route's own message knows the operation; a contract's speaks for them all and was read above.
    const input = sayOf(says, told)?.message === undefined ? { additionalProperties: true } : operation.input
    const print = (usual.words.get(told) ?? (usual.words.get(codeOf(told)) as Words)).print
    own.set(told, compileWords(contract, told, say, print, input))
  }
  return (failure, request) => {
    const shade = shadeOf(failure)
    const { code } = failure
    const words =
      own.get(shade) ?? own.get(code) ?? usual.words.get(shade) ?? (usual.words.get(code) as Words)
    return printRefusal(contract, issuer, words, failure, request, naming)
  }
}

function assertCodes(says: object): void {
  for (const told of Object.keys(says)) {
    const [code = '', shade] = told.split(':')
    const known: readonly string[] =
      (Object.hasOwn(shades, code) && shades[code as keyof typeof shades]) || []
    if (!Object.hasOwn(errors, code) || (shade !== undefined && !known.includes(shade)))
      throw new Error(`errors.${told}: there is no such error`)
  }
}

function compileWords(
  contract: Contract,
  told: Told,
  say: Say | undefined,
  usual: Print,
  input: Schema,
): Words {
  try {
    const scope = { schema: facts, input }
    return {
      status: say?.status ?? errors[codeOf(told)].status,
      message: say?.message === undefined ? undefined : compileTree(parseTemplate(say.message, scope)),
      words: say?.words ?? {},
      headers: Object.entries(say?.headers ?? {}).map(
        ([name, value]) => [name, compileTree(parseTemplate(value, { schema: facts }))] as const,
      ),
      cookies: say?.cookies,
      print: say?.body === undefined ? usual : compileTree(errorTree(contract, say)),
    }
  } catch (error) {
    throw new Error(`errors.${told}: ${(error as Error).message}`)
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
  const told = {
    type: `${issuer}/docs/errors/${code}`,
    title: errors[code].title,
    status,
    code,
    message: words.message?.({}, request.input) ?? details.detail ?? errors[code].title,
    request_id: request.requestId,
    ...describeFields(contract, failure, naming),
    now: request.now,
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
    cookies: words.cookies,
  }
}

/** The proof that is asked for, member by member and as RFC 9470 section 3 writes it. */
function challengeOf({ code, details: { proof } }: Failure) {
  if (code !== 'step_up_required') return { proof: '' }
  const { maxAge = 300, purpose } = proof ?? {}
  const quoted = purpose === undefined ? '' : `, purpose="${purpose}"`
  return { max_age: maxAge, purpose, proof: `max_age=${maxAge}${quoted}` }
}

/** What is wrong with members, one by one and as one text that says nothing twice; neither where nothing is. */
function describeFields(contract: Contract, failure: Failure, naming: Naming | undefined) {
  const fields = failure.details.fields?.map((field) => describeField(field, failure, contract, naming))
  if (!fields?.length) return {}
  return { fields, details: [...new Set(fields.map(({ detail }) => detail))].join('. ') }
}

function describeField(
  problem: FieldProblem,
  failure: Failure,
  { problems }: Contract,
  naming: Naming | undefined,
) {
  const { path } = problem
  const [first = '', ...rest] = path
  const other = problems?.[problem.code] ?? problems?.['*']
  const say = failure instanceof WireFailure ? undefined : naming?.sayOf(String(first))
  const code = other?.code ?? problem.code
  const detail = say?.[problem.code] ?? say?.['*'] ?? other?.detail ?? problem.detail
  const wire = failure instanceof WireFailure ? undefined : naming?.wireName(String(first))
  const name = wire?.name ?? String(first)
  const pointer = path.length === 0 ? '' : [name, ...rest].map(escapePointer).join('')
  return { pointer, name, from: wire?.from ?? 'body', code, detail }
}

/** One step of a JSON pointer (RFC 6901). */
const escapePointer = (step: string | number) =>
  `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`
