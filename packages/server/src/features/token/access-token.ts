import { audience, clientId } from '../../domain/access-token.js'
import type { Caller, Context } from '../../domain/context.js'
import { requiredClaims, type TokenVerdict } from '../../domain/keys/keyring.js'
import { explainSession } from './session.js'
import { quote, type Steps, showTime } from './steps.js'

type Reason = Extract<TokenVerdict, { ok: false }>['reason']
type Json = Readonly<Record<string, unknown>>

/** The step at which each reason is found, in the order in which the verifier looks. */
const stepOf: Readonly<Record<Reason, string>> = {
  too_long: 'shape',
  malformed: 'shape',
  header: 'header',
  algorithm: 'header',
  unknown_key: 'key',
  signature: 'signature',
  spelling: 'spelling',
  claims: 'claims',
  kind: 'claims',
  type: 'type',
  issuer: 'issuer',
  audience: 'audience',
  expired: 'times',
  not_yet: 'times',
  issued_in_future: 'times',
  lifetime: 'times',
  revoked: 'revocation',
}

/** What was found and what is expected at each step, for a token that passed it and for one that did not. */
interface Sayings {
  readonly found: Json
  readonly claims: Json
  readonly context: Context
  readonly caller: Caller
  readonly token: string
}

const sayings: Readonly<Record<string, (about: Sayings, reason: Reason | undefined) => string>> = {
  shape: ({ token }, reason) =>
    reason === undefined
      ? `${token.length} characters in three parts`
      : `${token.length} characters; expected at most 8192, three parts of base64url, and JSON objects in the first two`,
  header: ({ found }) =>
    `alg ${quote(found.alg)}; expected is that of the key, no crit and no b64, and texts where there are texts`,
  key: ({ found, context }, reason) =>
    reason === undefined
      ? `kid ${quote(found.kid)} is known here`
      : `kid ${quote(found.kid)} is none of the ${context.keys.published().length} that are published: removed, retired long ago, or another server's`,
  signature: (_about, reason) =>
    reason === undefined ? 'made with that key' : 'not made with that key: the token was altered or forged',
  spelling: (_about, reason) =>
    reason === undefined
      ? 'the one canonical way to write it'
      : 'not canonical: spare bits in a part are set, or a member stands twice',
  claims: ({ claims }, reason) =>
    reason === undefined ? 'all there, each of its type' : `missing or of a wrong type: ${missing(claims)}`,
  type: ({ found, caller }) => `typ ${quote(found.typ)}; expected ${quote(caller.contract.type)}`,
  issuer: ({ claims, context }) => `iss ${quote(claims.iss)}; expected ${quote(context.issuer)}`,
  audience: ({ claims, context, caller }) =>
    `aud ${quote(claims.aud)}, client_id ${quote(claims.client_id)}; expected ${quote(context.settings.get(audience))}, ${quote(clientId(caller.contract))}`,
  times: ({ claims, context }, reason) => `${times(claims, context)}${reason ? `: ${late[reason]}` : ''}`,
}

const late: Partial<Record<Reason, string>> = {
  expired: 'it has expired',
  not_yet: 'it does not count yet (nbf)',
  issued_in_future: 'it was issued in the future: compare the clocks',
  lifetime: 'it would live longer than an access token may',
}

/** An access token, as the native contract would take it. */
export async function explainAccessToken(
  context: Context,
  caller: Caller,
  token: string,
  steps: Steps,
): Promise<void> {
  const verdict = context.keys.verify(token, caller.contract)
  const reason = verdict.ok ? undefined : verdict.reason
  const [header, payload] = token.split('.')
  const about = { found: readJson(header), claims: readJson(payload), context, caller, token }
  for (const [step, say] of Object.entries(sayings)) {
    // Bad spelling is told before the header is: it may be the header that is badly spelled.
    if (reason === 'spelling' && step !== 'shape' && step !== 'spelling') continue
    const failed = reason !== undefined && stepOf[reason] === step
    if (!steps.add(step, !failed, say(about, failed ? reason : undefined))) return
  }
  if (!verdict.ok) return
  const userId = verdict.claims.sub as string
  const sessionId = verdict.claims.sid as string
  const revoked = context.changes.revoked(userId, sessionId)
  steps.add('revocation', !revoked, revoked ? 'the session was ended, alone or with all others' : 'none')
  await explainSession(context, sessionId, steps)
}

/** What a part says, for reading alone: nothing follows from it. */
function readJson(part: string | undefined): Json {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString())
    return typeof value === 'object' && value !== null ? (value as Json) : {}
  } catch {
    return {}
  }
}

function missing(claims: Json): string {
  const names = requiredClaims.filter((name) => claims[name] === undefined || claims[name] === null)
  return names.length > 0 ? names.join(', ') : 'none is missing, so one is of a wrong type'
}

function times({ iat, exp }: Json, { clock }: Context): string {
  const of = (seconds: unknown) => (typeof seconds === 'number' ? showTime(seconds * 1000) : 'not said')
  return `issued ${of(iat)}, expires ${of(exp)}, now ${showTime(clock.now())}`
}
