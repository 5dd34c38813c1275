// What a contract says of itself as a whole: whether its parts fit each other.
import { assertionType, type Contract, errors, shades } from '@sallyport/protocol'
import { nearest } from '../../util/nearest.js'
import { errorTree } from '../problem.js'
import { type Report, step } from './finding.js'

/** Claims that are ours in every token. */
const ownClaims = ['iat', 'exp', 'nbf', 'jti', 'sid', 'uid', 'knd', 'auth_time', 'fct']

/** Reports what does not fit. */
export function checkWhole(contract: Contract, report: Report): void {
  if (contract.name === 'native')
    report('name_reserved', '/name', 'is the name of Sallyport’s own contract', 'choose another name')
  if (contract.type === assertionType)
    report(
      'name_reserved',
      '/type',
      'is the `typ` of the gate’s assertions',
      'choose another, such as at+jwt',
    )
  checkTransport(contract, report)
  checkCookies(contract, report)
  checkNumbers(contract, report)
  checkTokens(contract, report)
  checkRoles(contract, report)
  checkWords(contract.errors, '/errors', report)
  try {
    errorTree(contract)
  } catch (error) {
    report(
      'template',
      '/error/body',
      (error as Error).message,
      'there are $code, $message, $status, $fields, …: see docs/contracts.md',
    )
  }
}

function checkTransport({ transport, cookies, cors, csrf, routes }: Contract, report: Report): void {
  const ways = new Set([transport.default, ...transport.allow])
  if (!transport.allow.includes(transport.default))
    report(
      'transport_default',
      '/transport/default',
      'is not among the ways that are allowed',
      `add ${transport.default} to /transport/allow`,
    )
  const holds = Object.values(cookies).map((cookie) => cookie.holds)
  const needed = [...ways].flatMap((way) =>
    way === 'body' ? [] : way === 'split' ? ['refresh'] : ['access', 'refresh'],
  )
  for (const kind of new Set(needed))
    if (!holds.includes(kind as 'access'))
      report(
        'transport_cookies',
        '/cookies',
        `no cookie holds the ${kind} token, which travels by cookie`,
        `add a cookie with "holds": "${kind}"`,
      )
  if (cors?.origins === 'any' && [...ways].some((way) => way !== 'body'))
    report(
      'cors_cookies',
      '/cors/origins',
      'lets every origin read answers, and tokens travel in cookies',
      'write "listed"; the setting origins lists them',
    )
  const uses = routes.some(({ reply }) => reply.cookies === 'csrf')
  if (uses && !csrf)
    report(
      'csrf_missing',
      '/csrf',
      'a reply sets the cookie of `csrf`, and there is none',
      'add "csrf": { cookie, header, strict }',
    )
}

function checkCookies({ cookies, routes }: Contract, report: Report): void {
  for (const [name, { holds, path, prefix }] of Object.entries(cookies)) {
    const at = `/cookies${step(name)}`
    if (prefix === '__Host-' && path !== '/')
      report(
        'cookie_prefix',
        `${at}/prefix`,
        '__Host- asks for the path /',
        'write "path": "/", or the prefix __Secure-',
      )
    if (holds !== 'access' && holds !== 'refresh') continue
    const readers = routes.filter(({ tokens }) =>
      tokens?.some((source) => source.from === 'cookie' && source.name === name),
    )
    if (readers.length === 0)
      report(
        'cookie_unread',
        at,
        'is set, and no route reads it',
        'list it in the tokens of a route, or take it away',
      )
    for (const { on } of readers)
      if (!covers(path, on.split(' ')[1] ?? ''))
        report(
          'cookie_path',
          `${at}/path`,
          `browsers do not send it to ${on}`,
          `choose a path that ${on} lies below`,
        )
  }
}

/** RFC 6265 section 5.1.4. */
const covers = (path: string, asked: string) =>
  asked === path || (asked.startsWith(path) && (path.endsWith('/') || asked[path.length] === '/'))

function checkNumbers(
  { lifetimes = {}, longestAccess, password, confirm, identifiers }: Contract,
  report: Report,
): void {
  const { access, idle, absolute, grace } = lifetimes
  const at = '/lifetimes'
  if (access !== undefined && access > longestAccess)
    report(
      'lifetimes',
      `${at}/access`,
      'is longer than the longest that is accepted',
      `at most ${longestAccess}, or a larger longestAccess`,
    )
  if (access !== undefined && idle !== undefined && idle <= access)
    report('lifetimes', `${at}/idle`, 'a session ends before its access token does', `more than ${access}`)
  if (idle !== undefined && absolute !== undefined && absolute < idle)
    report('lifetimes', `${at}/absolute`, 'is shorter than `idle`', `at least ${idle}`)
  if (grace !== undefined && grace > 60)
    report('lifetimes', `${at}/grace`, 'is longer than a minute', 'at most 60')
  if (password && (password.min > password.max || password.max > 1024))
    report(
      'password_lengths',
      '/password',
      'no password can be as long',
      'min at most max, and max at most 1024',
    )
  if (confirm === 'email' && identifiers && !identifiers.includes('email'))
    report(
      'confirm_without_email',
      '/confirm',
      'accounts have no address to prove',
      'add email to /identifiers, or write "none"',
    )
}

function checkTokens({ tokens }: Contract, report: Report): void {
  for (const kind of ['access', 'refresh'] as const)
    for (const name of Object.keys(tokens?.[kind].claims ?? {}))
      if (ownClaims.includes(name))
        report(
          'claim_reserved',
          `/tokens/${kind}/claims${step(name)}`,
          'is a claim that Sallyport writes itself',
          'take it away',
        )
}

function checkRoles({ roles = [] }: Contract, report: Report): void {
  const seen = new Set<string | undefined>()
  for (const [index, { role }] of roles.entries()) {
    if (seen.has(role))
      report(
        'role_twice',
        `/roles/${index}`,
        role === undefined ? 'two entries are everybody’s' : `${role} is listed twice`,
        'keep one of the two',
      )
    seen.add(role)
  }
}

/** Reports codes and shades that do not exist. */
export function checkWords(says: Contract['errors'], path: string, report: Report): void {
  for (const told of Object.keys(says ?? {})) {
    const [code = '', shade] = told.split(':')
    const at = path + step(told)
    if (!Object.hasOwn(errors, code)) {
      const meant = nearest(code, Object.keys(errors))
      report(
        'error_unknown',
        at,
        'there is no such error',
        meant ? `write ${meant}` : 'docs/errors.md lists them',
      )
    } else if (shade !== undefined && !shadesOf(code).includes(shade))
      report(
        'error_shade',
        at,
        `${code} is not told apart by ${shade}`,
        shadesOf(code).length > 0 ? `one of ${shadesOf(code).join(', ')}` : `write ${code}`,
      )
  }
}

const shadesOf = (code: string): readonly string[] =>
  Object.hasOwn(shades, code) ? shades[code as keyof typeof shades] : []
