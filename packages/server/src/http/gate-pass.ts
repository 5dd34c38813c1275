// Those who pass the gate: every header that says who it is, the empty ones too, or a visitor could bring their own.
import { type IdentityFact, identityHeaders } from '@sallyport/protocol'
import type { Admitted } from '../domain/context.js'
import type { Question } from './gate.js'
import { hostAsked, isListed } from './gate-hosts.js'
import { readTraceparent } from './traceparent.js'

/** Headers of every answer of the gate. An upstream's answers are its own: nothing is said for it here. */
export const common: readonly string[] = [
  ...['cache-control', 'no-store'],
  ...['vary', 'cookie, authorization, accept, sec-fetch-mode'],
  ...['x-content-type-options', 'nosniff'],
]

/** What is another at each visit, and its places in an answer: right behind what is common. */
const ofVisit = ['sallyport-assertion', '', 'x-request-id', '']
const assertionAt = common.length + 1
const requestAt = common.length + 3

const namesOf = new Map(
  Object.entries(identityHeaders).map(([name, headers]) => [name, Object.entries(headers)]),
)

/** Lets somebody pass; `admitted` is nobody where a question of CORS is let through. */
export function pass(question: Question, admitted: Admitted | undefined): void {
  const { core, request, response, rules, id, startedAt } = question
  const headers = linesOf(rules.headers, admitted).slice()
  // In places that are there already: an array that grows is copied once more.
  headers[assertionAt] = assertionFor(question, admitted)
  headers[requestAt] = id
  if (core.closing) headers.push('connection', 'close')
  response.writeHead(200, headers)
  // With a text for a body Node would write the headers as UTF-8, bytes of UTF-8 that they are.
  response.end()
  const trace = readTraceparent(request.headers.traceparent)
  const milliseconds = performance.now() - startedAt
  const { method = '' } = request
  core.door.observe?.({ operation: 'gate', method, status: 200, milliseconds, requestId: id, trace })
}

/** The headers of an answer, the places of assertion and request still empty. Whoever comes again is told of as before. */
function linesOf(headers: string, admitted: Admitted | undefined): readonly string[] {
  if (admitted?.told && admitted.toldBy === headers) return admitted.told
  const lines = print(namesOf.get(headers)!, admitted)
  if (admitted) Object.assign(admitted, { told: lines, toldBy: headers })
  return lines
}

/** Only for hosts that are listed: a visitor may name any other, and each would be signed for. */
function assertionFor({ gate, asked }: Question, admitted: Admitted | undefined): string {
  if (gate.assert === undefined || admitted === undefined || asked === undefined) return ''
  const found = hostAsked(asked)
  return found && isListed(gate.hosts, found.host) ? gate.assert(admitted, found.host) : ''
}

function print(names: readonly [string, IdentityFact][], admitted: Admitted | undefined): string[] {
  const person = admitted?.person
  const facts: Partial<Record<IdentityFact, string>> = {
    id: person?.id ?? '',
    // Anybody can sign up with an address that is not theirs, and applications take it for who somebody is.
    email: (person?.isProven && person.email) || '',
    name: person?.name ?? '',
    username: person?.username ?? '',
    groups: person?.roles.join(',') ?? '',
  }
  const told = names.flatMap(([name, fact]) => {
    const said = facts[fact]
    return said === undefined ? [] : [name, asHeader(said)]
  })
  const session = ['x-session-id', admitted?.sessionId ?? '']
  return [...common, ...ofVisit, ...session, 'content-length', '0', ...told]
}

/** UTF-8, one byte a character, as Node writes headers; what would end a header is a blank. */
const asHeader = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  Buffer.from(text.replace(/[\u0000-\u001f\u007f]/g, ' '), 'utf8').toString('latin1')
