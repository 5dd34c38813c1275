// What a route answers when its operation has succeeded: status, fixed headers, and the printer of its body, compiled
// once from the contract's reply template and the operation's output schema.
import type { Contract, Operation, Route } from '@sallyport/protocol'
import { withoutHiddenTokens } from './cookies.js'
import { compileTree, type Data, parseTemplate, type Tree } from './template.js'

export interface Reply {
  readonly status: number
  /** Name, value, name, value: content type, caching and the contract's own. */
  readonly headers: readonly string[]
  /** Undefined where there is no body. */
  readonly print: ((output: Data, input: Data) => string) | undefined
  readonly cookies: 'set' | 'clear' | undefined
  /** The shape of the body, for the self-description. */
  readonly tree: Tree | undefined
  readonly contentType: string
}

/** Compiles a route's reply. Throws an Error that says what the template names and the operation does not give. */
export function compileReply(contract: Contract, route: Route, operation: Operation): Reply {
  const { status, body, headers = {}, cookies, contentType = 'application/json' } = route.reply
  const givesTokens = operation.output.properties?.transport !== undefined
  const travels =
    contract.transport.default !== 'body' || contract.transport.allow.some((way) => way !== 'body')
  if (cookies === 'set' && !givesTokens)
    throw new Error(`reply.cookies: ${operation.name} gives no tokens to set`)
  if (givesTokens && travels && cookies !== 'set')
    throw new Error('reply.cookies: must be "set", or tokens in cookie transport would go nowhere')
  const scope = { schema: operation.output, input: operation.input, user: contract.user }
  const tree = body === undefined ? undefined : parseTemplate(body, scope)
  const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  return {
    status,
    headers: [
      ...Object.entries({ 'cache-control': 'no-store', ...own }).flat(),
      ...(tree ? ['content-type', contentType] : []),
    ],
    print: tree && compilePrinter(tree, contentType.includes('json'), givesTokens),
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
