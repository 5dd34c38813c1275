// What a route answers when its operation has succeeded: status, fixed headers, and the printer of its body, compiled
// once from the contract's reply template and the operation's output schema. An operation that can succeed in several
// shapes (tokens, or what has to be done first) has a reply for each.
import {
  type Contract,
  compileTree,
  type Data,
  type Operation,
  parseTemplate,
  type Route,
  type Reply as Said,
  type Schema,
  shapesOf,
  type Tree,
} from '@sallyport/protocol'
import { withoutHiddenTokens } from './cookies.js'

export interface Reply {
  readonly status: number
  /** Name, value, name, value: content type, caching and the contract's own. */
  readonly headers: readonly string[]
  /** Undefined where there is no body. */
  readonly print: ((output: Data, input: Data) => string) | undefined
  readonly cookies: Said['cookies']
  /** The shape of the body, for the self-description. */
  readonly tree: Tree | undefined
  readonly contentType: string
}

/** Another success of a route: answered where the output has the member `when`. */
export interface Instead {
  readonly when: string
  readonly reply: Reply
}

/**
 * Compiles a route's replies: the usual one, and those for an operation's other shapes of success. Throws an Error that
 * says what a template names and the operation does not give, or which shape the route has no words for.
 */
export function compileReplies(
  contract: Contract,
  route: Route,
  operation: Operation,
): { reply: Reply; instead: readonly Instead[] } {
  const [usual, ...others] = shapesOf(operation.output)
  const reply = compileReply(contract, route.reply, operation, usual)
  const instead = (route.instead ?? []).map(({ when, reply: own }) => {
    const shape = others.find((other) => other.required?.includes(when))
    if (!shape) throw new Error(`instead: ${operation.name} never answers with \`${when}\``)
    return { when, shape, reply: compileReply(contract, own, operation, shape) }
  })
  // Where the contract says whether addresses are proven first, sign-up has one shape.
  const never = contract.confirm === undefined ? undefined : 'next'
  const unsaid = others.find(
    (other) => !instead.some(({ shape }) => shape === other) && !(never && other.required?.includes(never)),
  )
  if (unsaid)
    throw new Error(
      `instead: ${operation.name} may answer with \`${unsaid.required?.[0]}\`, and no reply says how`,
    )
  return { reply, instead }
}

function compileReply(contract: Contract, said: Said, operation: Operation, output: Schema): Reply {
  const { status, body, headers = {}, cookies, contentType = 'application/json' } = said
  const givesTokens = output.properties?.transport !== undefined
  const travels =
    contract.transport.default !== 'body' || contract.transport.allow.some((way) => way !== 'body')
  if (cookies === 'set' && !givesTokens)
    throw new Error(`reply.cookies: ${operation.name} gives no tokens to set`)
  if (givesTokens && travels && cookies !== 'set')
    throw new Error('reply.cookies: must be "set", or tokens in cookie transport would go nowhere')
  const scope = {
    schema: output,
    input: operation.input,
    user: contract.user,
    ...(contract.roles && { roles: contract.roles }),
  }
  const tree = body === undefined ? undefined : parseTemplate(body, scope)
  const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  return {
    status,
    headers: [
      ...Object.entries({ 'cache-control': 'no-store', ...own }).flat(),
      ...(tree ? ['content-type', contentType] : []),
    ],
    print:
      tree && compilePrinter(tree, contentType.includes('json') || operation.streams === true, givesTokens),
    cookies,
    tree,
    contentType,
  }
}

function compilePrinter(tree: Tree, json: boolean, givesTokens: boolean) {
  const fill = compileTree(tree)
  const show = givesTokens ? withoutHiddenTokens : (output: Data) => output
  return (output: Data, input: Data): string => {
    const body = fill(show(output), input)
    return json ? JSON.stringify(body ?? null) : String(body ?? '')
  }
}
