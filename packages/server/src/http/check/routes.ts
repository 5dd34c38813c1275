// Routes of a contract: what each says of its operation, and whether they leave each other in peace.
import {
  type Contract,
  type ErrorCode,
  type Operation,
  type Route,
  type Schema,
  shapesOf,
} from '@sallyport/protocol'
import { nearest } from '../../util/nearest.js'
import { possibleCodes } from '../codes.js'
import type { Checked } from './check.js'
import { type Report, step } from './finding.js'
import { checkInputs } from './inputs.js'
import { checkTemplate } from './templates.js'
import { checkTokens } from './tokens.js'
import { checkWords } from './whole.js'

/** Reports what does not fit. */
export function checkRoutes(contract: Contract, { operations, taken }: Checked, report: Report): void {
  for (const [index, route] of contract.routes.entries()) {
    const at = `/routes/${index}`
    const operation = findOperation(route, operations, at, report)
    checkPlaces(route, taken, at, report)
    if (!operation) continue
    checkTokens(contract, route, operation, at, report)
    checkInputs(contract, route, operation, at, report)
    checkReplies(contract, route, operation, at, report)
    checkErrors(route, operation, at, report)
  }
  checkOrder(contract.routes, report)
  checkPages(contract, taken, report)
  for (const needed of ['login', 'refresh'])
    if (!contract.routes.some(({ operation }) => operation === needed))
      report(
        'operation_needed',
        '/routes',
        `no route is for \`${needed}\``,
        `add one: without it nobody can ${needed === 'login' ? 'sign in' : 'stay signed in'}`,
      )
}

function findOperation(
  route: Route,
  operations: readonly Operation[],
  at: string,
  report: Report,
): Operation | undefined {
  const found = operations.find(({ name }) => name === route.operation)
  if (found && found.caller !== 'operator') return found
  const meant = nearest(
    route.operation,
    operations.map(({ name }) => name),
  )
  if (found)
    report(
      'operation_closed',
      `${at}/operation`,
      `${found.name} is for whoever has the machine, and on no wire`,
      'take the route away',
    )
  else
    report(
      'operation_unknown',
      `${at}/operation`,
      `there is no operation \`${route.operation}\``,
      meant ? `write ${meant}` : 'docs/operations.md lists them',
    )
  return undefined
}

const segment = /^(?:[A-Za-z0-9._~-]+|:[A-Za-z_]\w*|)$/
const bare = (on: string) => on.replaceAll(/:\w+/g, ':')

function checkPlaces({ on, also = [] }: Route, taken: readonly string[], at: string, report: Report): void {
  for (const [place, path] of [
    [on, `${at}/on`],
    ...also.map((one, index) => [one, `${at}/also/${index}`]),
  ] as [string, string][]) {
    const steps = (place.split(' ')[1] ?? '').split('/').slice(1)
    if (!steps.every((one) => segment.test(one)))
      report(
        'place',
        path,
        `"${place}" is not "METHOD /path" with parameters as ":name"`,
        'letters, digits and . _ ~ - in a path',
      )
    if (taken.some((other) => bare(other) === bare(place)))
      report('place_taken', path, 'is a path of Sallyport’s own', 'choose another path')
  }
}

/** Two routes on one path must be told apart, and the one that takes everything stands last. */
function checkOrder(routes: readonly Route[], report: Report): void {
  const spots = new Map<string, { index: number; when: string | undefined }[]>()
  for (const [index, { on, also = [], when }] of routes.entries())
    for (const place of [on, ...also]) {
      const before = spots.get(bare(place)) ?? []
      const own = when && JSON.stringify(when)
      const at = `/routes/${index}${when ? '/when' : '/on'}`
      if (before.some((other) => other.when === own))
        report(
          'place_twice',
          at,
          `${place} stands there twice, and nothing tells the routes apart`,
          'add a `when` to one of them, or take it away',
        )
      else if (
        when?.is === 'absent' &&
        before.some((other) => other.when === JSON.stringify({ ...when, is: 'present' })) &&
        before.some((other) => other.when === undefined)
      )
        report(
          'route_unreachable',
          at,
          'the routes before it have taken every request',
          'take one of them away',
        )
      spots.set(bare(place), [...before, { index, when: own }])
    }
}

function checkReplies(
  contract: Contract,
  route: Route,
  operation: Operation,
  at: string,
  report: Report,
): void {
  const [usual, ...others] = shapesOf(operation.output)
  checkReply(contract, route.reply, operation, usual, `${at}/reply`, report)
  for (const [index, { when, reply }] of (route.instead ?? []).entries()) {
    const shape = others.find((other) => other.required?.includes(when))
    const path = `${at}/instead/${index}`
    if (shape) checkReply(contract, reply, operation, shape, `${path}/reply`, report)
    else
      report(
        'reply_shape',
        `${path}/when`,
        `${operation.name} never answers with \`${when}\``,
        'take it away',
      )
  }
  const said = route.instead?.map(({ when }) => when) ?? []
  for (const other of others) {
    const marks = other.required ?? []
    const never = contract.confirm !== undefined && marks.includes('next') && operation.name === 'signup'
    if (!never && !marks.some((mark) => said.includes(mark)))
      report(
        'reply_shape',
        `${at}/instead`,
        `${operation.name} may answer in another shape, and no reply says how`,
        `add { "when": "${marks[0]}", "reply": … }`,
      )
  }
}

function checkReply(
  contract: Contract,
  { status, body, cookies }: Route['reply'],
  operation: Operation,
  schema: Schema,
  at: string,
  report: Report,
): void {
  const scope = {
    schema,
    input: operation.input,
    user: contract.user,
    ...(contract.roles && { roles: contract.roles }),
  }
  if (body !== undefined) checkTemplate(body, scope, `${at}/body`, report)
  if (body !== undefined && (status === 204 || status === 304))
    report('reply_body', `${at}/body`, `${status} has no body (RFC 9110)`, 'take it away, or write 200')
  const gives = schema.properties?.transport !== undefined
  const travels =
    contract.transport.default !== 'body' || contract.transport.allow.some((way) => way !== 'body')
  if (cookies === 'set' && !gives)
    report('reply_cookies', `${at}/cookies`, `${operation.name} gives no tokens to set`, 'take it away')
  if (gives && travels && cookies !== 'set')
    report('reply_cookies', `${at}/cookies`, 'tokens that travel by cookie would go nowhere', 'write "set"')
}

function checkErrors(route: Route, operation: Operation, at: string, report: Report): void {
  checkWords(route.errors, `${at}/errors`, report)
  const possible = possibleCodes(operation)
  for (const told of Object.keys(route.errors ?? {})) {
    const code = told.split(':')[0] as ErrorCode
    if (!possible.includes(code))
      report(
        'error_never',
        `${at}/errors${step(told)}`,
        `${operation.name} never fails with it`,
        `it may with ${possible.join(', ')}`,
      )
  }
}

function checkPages({ pages = {} }: Contract, taken: readonly string[], report: Report): void {
  for (const path of Object.keys(pages))
    if (taken.includes(`GET ${path}`))
      report('page_taken', `/pages${step(path)}`, 'is a page of Sallyport’s own', 'take it away')
}
