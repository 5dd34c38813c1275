// Prints docs/contracts/<name>.md: a wire contract, and the conversation that shows how it is spoken. Pure, like print.mjs.
import { anchorOf, code, printedFrom, table } from './print.mjs'
import { printConversation } from './print-transcript.mjs'

/** Members of a contract that have a section or a table of their own. */
const told = ['name', 'title', 'routes', 'cookies', 'error', 'errors', 'errorHeaders', 'user']

/**
 * @param {{ contract: object, transcript: object }} known
 * @param {{ errors: object, operations: readonly object[], describeMatcher: (matcher: unknown) => string }} product
 */
export function printContract({ contract, transcript }, { errors, operations, describeMatcher }) {
  const rest = Object.fromEntries(Object.entries(contract).filter(([name]) => !told.includes(name)))
  const sections = [
    printedFrom(`packages/protocol/src/contracts/${contract.name}.ts and its transcript`).trim(),
    `# The ${contract.title} wire`,
    'What [operations](../operations.md) are called here, and how a client talks. A [transcript](../transcripts.md) plays\n' +
      `the conversation below against any backend: \`sallyport contract try ${contract.name} --against <url>\`.`,
    '## Routes',
    table(['route', 'operation', 'credential', 'body', 'answers'], contract.routes.map(routeRow)).trim(),
    ...cookieSection(contract),
    '## Tokens and sessions',
    json(rest),
    '## The user',
    json(contract.user),
    '## Errors',
    `A failure is \`${contract.error.contentType}\`:`,
    json(contract.error.body),
    table(['status', 'code', 'says', 'headers'], errorRows(contract, errors, operations)).trim(),
    '## The conversation',
    'Values that an answer keeps are named `${…}` from then on; `<…>` says what must stand there, `…` that more may.',
  ]
  return `${sections.join('\n\n')}\n\n${printConversation(transcript, describeMatcher)}`
}

const json = (value) => `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``

function routeRow({
  on,
  also = [],
  when,
  operation,
  tokens = [],
  accept,
  reply,
  instead = [],
  developmentOnly,
}) {
  const selected =
    when && `where \`${when.member}\` is ${typeof when.is === 'string' ? when.is : code(when.is.value)}`
  const cookies = { set: ', sets cookies', clear: ', clears cookies' }[reply.cookies] ?? ''
  const statuses = [reply, ...instead.map((other) => other.reply)].map(({ status }) => status)
  return [
    [[on, ...also].map(code).join('<br>'), selected, developmentOnly && '(development only)']
      .filter(Boolean)
      .join(' '),
    `[\`${operation}\`](../operations.md#${anchorOf(operation)})`,
    tokens
      .map(({ from, kind, name }) => `${kind}: ${from}${name === undefined ? '' : ` ${code(name)}`}`)
      .join('<br>'),
    (accept ?? []).join(', '),
    `${[...new Set(statuses)].join(' or ')}${cookies}`,
  ]
}

function cookieSection({ cookies }) {
  const rows = Object.entries(cookies).map(([name, { holds, path, sameSite, prefix = '' }]) => [
    code(name),
    holds,
    code(path),
    sameSite,
    code(prefix),
  ])
  if (rows.length === 0) return []
  return [
    '## Cookies',
    'All are `HttpOnly`, and `Secure` over https.',
    table(['cookie', 'holds', 'path', 'SameSite', 'prefix over https'], rows).trim(),
  ]
}

/** Every code that a route of the contract can answer, as this wire says it; a route's own words follow the path. */
function errorRows(contract, catalogue, operations) {
  const named = new Set(contract.routes.map(({ operation }) => operation))
  const used = operations.filter(({ name }) => named.has(name)).flatMap((operation) => operation.errors)
  const codes = [...new Set([...Object.keys(contract.errors ?? {}), ...used])].filter(
    (name) => catalogue[name],
  )
  const general = codes.map((name) => errorRow(name, catalogue[name], contract.errors?.[name]))
  const own = contract.routes.flatMap(({ on, errors = {} }) =>
    Object.entries(errors).map(([name, say]) =>
      errorRow(name, catalogue[name], { ...contract.errors?.[name], ...say }, on),
    ),
  )
  return [...general, ...own].sort(([a], [b]) => Number(a) - Number(b))
}

function errorRow(name, { status, title }, say = {}, on = undefined) {
  const words = Object.values(say.words ?? {}).map((word) => ` · ${word}`)
  const headers = Object.entries(say.headers ?? {}).map(([header, value]) => code(`${header}: ${value}`))
  return [
    String(say.status ?? status),
    `[\`${name}\`](../errors.md#${name})${on === undefined ? '' : ` at ${code(on)}`}`,
    `${say.message ?? title}${words.join('')}`,
    headers.join(', '),
  ]
}
