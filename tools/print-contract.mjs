// Prints docs/contracts/<name>.md: a wire contract, and the conversation that shows how it is spoken. Pure, like print.mjs.
import { anchorOf, code, printedFrom, table } from './print.mjs'
import { printConversation } from './print-transcript.mjs'

/** Members of a contract that have a section or a table of their own. */
const told = ['name', 'title', 'routes', 'cookies', 'tokens', 'error', 'errors', 'user']
const sessions = ['transport', 'lifetimes', 'longestAccess', 'type', 'sessions', 'origin', 'cors', 'csrf']
const accounts = ['identifiers', 'usernames', 'pictures', 'ids', 'password', 'confirm', 'mail', 'roles']

/**
 * @param {{ contract: object, transcript: object }} known
 * @param {{ errors: object, operations: readonly object[], describeMatcher: (matcher: unknown) => string }} product
 */
export function printContract({ contract, transcript }, { errors, operations, describeMatcher }) {
  const others = Object.keys(contract).filter((name) => ![...told, ...sessions, ...accounts].includes(name))
  const sections = [
    printedFrom(`packages/protocol/src/contracts/${contract.name}.ts and its transcript`).trim(),
    `# The ${contract.title} wire`,
    'What [operations](../operations.md) are called here, and how a client talks. A [transcript](../transcripts.md) plays\n' +
      `the conversation below against any backend: \`sallyport contract try ${contract.name} --against <url>\`.`,
    '## Routes',
    table(['route', 'operation', 'credential', 'body', 'answers'], contract.routes.map(routeRow)).trim(),
    ...cookieSection(contract),
    '## Sessions',
    ...part(contract, sessions),
    ...tokenSection(contract),
    '## Accounts',
    ...part(contract, accounts),
    'A user is shown so:',
    json(contract.user),
    ...(others.length > 0 ? ['## Everything else', ...part(contract, others)] : []),
    '## Errors',
    `A failure is \`${contract.error.contentType}\`:`,
    json(contract.error.body),
    table(['status', 'code', 'says', 'headers'], errorRows(contract, errors, operations)).trim(),
    '## The conversation',
    'Values that an answer keeps are named `${…}` from then on; `<…>` says what must stand there, `…` that more may.',
  ]
  return `${sections.join('\n\n')}\n\n${printConversation(transcript, describeMatcher)}`
}

/** Some members of a contract as they stand in it. */
function part(contract, names) {
  const there = names.filter((name) => contract[name] !== undefined)
  return there.length === 0 ? [] : [json(Object.fromEntries(there.map((name) => [name, contract[name]])))]
}

function tokenSection({ tokens, type }) {
  const head = '## Tokens'
  if (!tokens) {
    const own =
      '[RFC 9068](../keys.md) access tokens under the signing keys of the server, and opaque refresh tokens'
    return [head, `${own}; \`typ\` is ${code(type)}.`]
  }
  const { algorithm, keys, access, refresh } = tokens
  const secrets = keys === 'one' ? 'one key for both kinds' : 'a key for each kind'
  return [
    head,
    `${algorithm}, with ${secrets}. Besides \`iat\`, \`exp\`, \`jti\` and \`sid\` an access token claims`,
    json(access.claims),
    'and a refresh token',
    json(refresh.claims),
  ]
}

const json = (value) => `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``

const jar = { set: ', sets cookies', clear: ', clears cookies', csrf: ', gives the cookie of `csrf`' }

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
  const cookies = jar[reply.cookies] ?? ''
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
  const codes = [...new Set([...Object.keys(contract.errors ?? {}), ...used])]
  const row = (name, own, on) => {
    const general = [contract.errors?.[codeOf(name)], contract.errors?.[name]]
    return errorRow(name, catalogue[codeOf(name)], Object.assign({}, ...general, own), on)
  }
  const own = contract.routes.flatMap(({ on, errors = {} }) =>
    Object.entries(errors).map(([name, say]) => row(name, say, on)),
  )
  return [...codes.map((name) => row(name)), ...own].sort(([a], [b]) => Number(a) - Number(b))
}

/** A code without the shade that a contract may tell apart, such as `access_token_invalid:kind`. */
const codeOf = (name) => name.split(':')[0]

function errorRow(name, { status, title }, say, on) {
  const words = Object.values(say.words ?? {}).map((word) => ` · ${word}`)
  const headers = Object.entries(say.headers ?? {}).map(([header, value]) => code(`${header}: ${value}`))
  const cleared =
    say.cookies && `clears ${say.cookies === 'clear' ? 'cookies' : say.cookies.map(code).join(', ')}`
  return [
    String(say.status ?? status),
    `[\`${name}\`](../errors.md#${codeOf(name)})${on === undefined ? '' : ` at ${code(on)}`}`,
    `${say.message ?? title}${words.join('')}`,
    [...headers, ...(cleared ? [cleared] : [])].join(', '),
  ]
}
