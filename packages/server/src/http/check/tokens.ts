// Where a route finds the token that its operation needs, and whether it can be there.
import type { Contract, Operation, Route, TokenKind, TokenSource } from '@sallyport/protocol'
import type { Report } from './finding.js'
import { isBodiless } from './inputs.js'

const kinds: Readonly<Record<string, readonly TokenKind[]>> = {
  access: ['access'],
  recent: ['access'],
  admin: ['access'],
  refresh: ['refresh'],
  leaving: ['access', 'refresh'],
  verifier: ['verifier'],
}

/** Reports what does not fit. */
export function checkTokens(
  { cookies }: Contract,
  route: Route,
  { name, caller }: Operation,
  at: string,
  report: Report,
): void {
  const wanted = kinds[caller]
  if (wanted && !route.tokens?.length)
    report(
      'token_needed',
      `${at}/tokens`,
      `${name} needs a token, and none is read`,
      `list where the ${wanted.join(' or ')} token stands`,
    )
  for (const [index, source] of (route.tokens ?? []).entries())
    checkSource(cookies, route, source, { name, wanted }, `${at}/tokens/${index}`, report)
  checkLeaving(route, { name, caller }, at, report)
}

function checkSource(
  cookies: Contract['cookies'],
  route: Route,
  source: TokenSource,
  { name, wanted }: { name: string; wanted: readonly TokenKind[] | undefined },
  path: string,
  report: Report,
): void {
  if (wanted && !wanted.includes(source.kind))
    report(
      'token_kind',
      `${path}/kind`,
      `${name} takes no ${source.kind} token`,
      `write ${wanted.join(' or ')}`,
    )
  if (source.from === 'cookie' && !Object.hasOwn(cookies, source.name ?? ''))
    report(
      'token_source',
      `${path}/name`,
      'the contract lists no such cookie',
      `one of ${Object.keys(cookies).join(', ') || 'none: add it to /cookies'}`,
    )
  if (source.from === 'body' && (source.name === undefined || isBodiless(route)))
    report(
      'token_source',
      path,
      'a token in the body needs a name and a method with a body',
      'name the member, or read it elsewhere',
    )
}

function checkLeaving(
  route: Route,
  { name, caller }: Pick<Operation, 'name' | 'caller'>,
  at: string,
  report: Report,
): void {
  for (const word of ['optional', 'strict'] as const)
    if (route[word] && caller !== 'leaving')
      report(
        'leaving_only',
        `${at}/${word}`,
        `is for operations that leave, and ${name} is none`,
        'take it away',
      )
  if (route.optional && route.strict)
    report(
      'leaving_only',
      `${at}/strict`,
      'a token that is not needed cannot have to be good',
      'keep one of the two',
    )
}
