// Prints docs/operations.md: what can be asked, said in the words of one wire contract. Pure, like print.mjs.
import { anchorOf, code, errorLink, printedFrom, table } from './print.mjs'
import { render, ruleOf, typeOf } from './print-shape.mjs'

const token = ['token_missing', 'access_token_invalid', 'access_token_expired', 'session_ended']
const callers = {
  anyone: { needs: 'no token', brings: [] },
  access: { needs: 'an access token', brings: token },
  recent: {
    needs: 'an access token, and a [recent proof](confirm.md) of who its user is',
    brings: [...token, 'step_up_required'],
  },
  refresh: { needs: 'a refresh token', brings: ['token_missing'] },
  leaving: { needs: 'an access or a refresh token, even an expired or ended one', brings: ['token_missing'] },
  verifier: { needs: 'a verifier key', brings: ['token_missing', 'access_token_invalid'] },
  admin: {
    needs: "an administrator's access token, no older than 15 minutes of proof to write, or an API key",
    brings: [...token, 'step_up_required', 'forbidden'],
  },
  operator: { needs: 'the machine itself: the command line, no route', brings: [] },
}
const always = ['invalid_request', 'store_unavailable', 'internal']
const withBody = ['invalid_json', 'unsupported_media_type', 'payload_too_large']

const introduction = (title) => `# Operations

What can be asked, as the ${title.toLowerCase()} contract says it. In another contract a member may have another name or
place; what it means stays.

Bodies are JSON in UTF-8 of at most 64 KiB. An unknown member is ignored; one of the wrong type is refused, never
converted. A \`?\` marks what may be absent. Every operation may also answer ${always.map(errorLink).join(', ')}; one that
takes a body ${withBody.map(errorLink).join(', ')}; one that changes something for a caller who is known by a cookie
${errorLink('origin_not_allowed')}.
`

/**
 * docs/operations.md
 * @param {readonly object[]} operations in the order of the manual
 * @param {object} contract whose routes and members are shown
 */
export function printOperations(operations, contract) {
  const routesOf = ({ name }) => contract.routes.filter((route) => route.operation === name)
  const overview = operations.map((operation) => [
    `[\`${operation.name}\`](#${anchorOf(operation.name)})`,
    operation.foreign ? 'none here' : routesOf(operation).flatMap(wires).join('<br>'),
    operation.summary,
  ])
  const user = operations.find(({ output }) => output.properties?.user)?.output.properties.user
  return [
    printedFrom('packages/protocol/src') + introduction(contract.title),
    table(['operation', 'route', 'meaning'], overview),
    ...operations.flatMap((operation) => [
      `## ${operation.name}\n`,
      `${operation.summary} ${needsOf(operation)}\n`,
      ...routesOf(operation).flatMap((route) => routeText(operation, route)),
      ...(operation.foreign ? foreignText(operation) : []),
    ]),
    ...(user ? ['## User\n', block(render(contract.user, user))] : []),
  ].join('\n')
}

const wires = (route) => [route.on, ...(route.also ?? [])].map(code)
const block = (text) => `\`\`\`\n${text}\n\`\`\`\n`

function needsOf({ caller, limit, errors }) {
  const { needs, brings } = callers[caller]
  const all = [...new Set([...brings, ...errors, ...(limit ? ['too_many_requests'] : [])])]
  const limited = limit ? ` Limited by address: [\`limits.${limit}\`](settings.md#limits).` : ''
  return `Needs ${needs}.${limited}${all.length > 0 ? `\n\nErrors: ${all.map(errorLink).join(', ')}.` : ''}`
}

const jar = { set: ' and the cookies of the transport', clear: ' and clears the cookies' }
const bodies = {
  json: 'JSON',
  'merge-patch': 'merge-patch',
  form: 'a form',
  any: 'JSON under any content type',
}
const either = (words) => words.join(', or ')

function routeText(operation, route) {
  const { status, cookies, body } = route.reply
  const [usual, ...others] = operation.output.anyOf ?? [operation.output]
  const members = Object.entries(operation.input.properties ?? {})
  const refused = Object.entries(operation.refuses ?? {}).map(([name, why]) => `${code(name)} ${why}`)
  const remarks = [
    route.tokens && `The token is read from ${[...new Set(route.tokens.map(placeOf))].join(', else from ')}.`,
    route.accept && `The body is ${either(route.accept.map((kind) => bodies[kind]))}.`,
    refused.length > 0 && `Refused: ${refused.join('; ')}.`,
    route.developmentOnly && 'It exists in development only.',
  ].filter(Boolean)
  return [
    `${wires(route).join(', ')} answers **${status}**${jar[cookies] ?? ''}. ${remarks.join(' ')}`.trim() +
      '\n',
    table(
      ['member', 'type', 'rule'],
      members.flatMap((member) => inputRow(operation, route, member)),
    ),
    ...(body === undefined ? [] : [block(render(body, usual))]),
    ...(route.instead ?? []).flatMap((other) => insteadText(other, others)),
  ].filter((part) => part !== '')
}

/** For other contracts alone: what goes in and comes out, by the names that they give wire names to. */
function foreignText(operation) {
  const { properties: inputs = {} } = operation.input
  const outputs = Object.keys(operation.output.properties ?? {})
  const body = Object.fromEntries(outputs.map((name) => [name, `$${name}`]))
  return [
    'The native contract has no route to it; a [contract of one’s own](contracts.md) may have one, and calls things by these names.\n',
    table(
      ['input', 'type', 'rule'],
      Object.entries(inputs).flatMap((member) => inputRow(operation, {}, member)),
    ),
    ...(outputs.length > 0 ? [block(render(body, operation.output))] : []),
  ].filter((part) => part !== '')
}

function insteadText({ when, reply: { status, body } }, shapes) {
  const shape = shapes.find(({ required }) => required.includes(when))
  return [`Or it answers **${status}**, where something comes first:\n`, block(render(body, shape))]
}

function placeOf({ from, name }) {
  if (from === 'bearer') return '`Authorization: Bearer`'
  return from === 'cookie' ? `the cookie ${code(name)}` : `the body’s ${code(name)}`
}

function inputRow({ input }, route, [name, schema]) {
  const said = route.input?.[name] === undefined ? name : route.input[name]
  if (said === null) return []
  const { names, from = 'body' } = typeof said === 'string' ? { names: [said] } : said
  const mark = input.required?.includes(name) ? '' : '?'
  const place = from === 'body' ? '' : `In the ${from}.`
  return [
    [
      names.map((one) => code(one + mark)).join(', '),
      typeOf(schema),
      [place, ruleOf(schema)].join(' ').trim(),
    ],
  ]
}
