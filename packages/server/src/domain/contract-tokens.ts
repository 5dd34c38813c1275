// The JWTs of contracts that have tokens of their own. Around a refresh token such a JWT is an envelope: its `jti` is the
// opaque token of the chain, and signature and tag must both hold. So whoever shares a contract's secret can forge no
// refresh token.
import { type Contract, type Data, type Failure, fail } from '@sallyport/protocol'
import { uuidv7 } from '../util/ids.js'
import type { Context } from './context.js'
import type { Jwt } from './keys/contract-keys.js'
import { markOf } from './live.js'
import type { SessionRow, UserRow } from './tables.js'
import { fromJti, type ParsedToken, parse, toJti } from './tokens/chain.js'
import { userView } from './users.js'

/** @param lifetime milliseconds */
export function issueJwtAccess(
  { clock }: Context,
  { sessions: policy }: Contract,
  jwt: Jwt,
  user: UserRow,
  session: SessionRow,
  lifetime: number,
): string {
  const iat = Math.floor(clock.now() / 1000)
  const jti = uuidv7(clock.now())
  return jwt.issue('access', dataOf(user, jti, session.id), {
    iat,
    exp: iat + Math.floor(lifetime / 1000),
    jti,
    sid: session.id,
    uid: user.id,
    auth_time: policy?.proof === 'session' ? undefined : Math.floor(session.auth_time / 1000),
    fct: policy?.check === 'live' ? markOf(user) : undefined,
  })
}

/** What templates of claims look into: a view of our own, so it is not copied. */
function dataOf(user: UserRow, jti: string, sessionId: string): Data {
  const view = userView(user) as Record<string, unknown>
  view.jti = jti
  view.session_id = sessionId
  return view
}

/**
 * A refresh token as its contract hands it out. Its times are the session's, so that an answer that is repeated says
 * the same.
 */
export function wrapRefresh(
  { keys }: Context,
  contract: Contract,
  user: UserRow,
  session: SessionRow,
  opaque: string,
): string {
  const jwt = keys.jwt(contract)
  if (!jwt) return opaque
  const jti = toJti(opaque)
  return jwt.issue('refresh', dataOf(user, jti, session.id), {
    iat: Math.floor(session.rotated_at / 1000),
    exp: Math.floor(Math.min(session.idle_ends_at, session.ends_at) / 1000),
    jti,
    sid: session.id,
    uid: user.id,
  })
}

/** A refresh token whose tag holds, without its envelope. */
export interface FoundRefresh {
  readonly token: ParsedToken
  readonly opaque: string
  /** Whose it was said to be when it was made; only an envelope says it. */
  readonly userId?: string
}

export type ReadRefresh =
  | { readonly ok: true; readonly found: FoundRefresh }
  | { readonly ok: false; readonly failure: Failure; readonly expired?: FoundRefresh }

/** Reads a refresh token as it was sent to a contract; that of an envelope that has expired is told besides. */
export function readRefresh({ keys, secrets }: Context, contract: Contract, text: string): ReadRefresh {
  const jwt = keys.jwt(contract)
  if (!jwt) {
    const token = parse(text, secrets.chain)
    return token
      ? { ok: true, found: { token, opaque: text } }
      : { ok: false, failure: fail('refresh_token_invalid') }
  }
  const verdict = jwt.verify('refresh', text)
  if (!('claims' in verdict)) {
    const shade = verdict.reason === 'kind' ? { shade: 'kind' as const } : {}
    return { ok: false, failure: fail('refresh_token_invalid', shade) }
  }
  const { sid, jti, uid } = verdict.claims
  // The verifier has seen that all three are texts.
  const opaque = fromJti(sid as string, jti as string)
  const token = opaque === undefined ? undefined : parse(opaque, secrets.chain)
  if (opaque === undefined || !token) return { ok: false, failure: fail('refresh_token_invalid') }
  const found = { token, opaque, userId: uid as string }
  return verdict.ok
    ? { ok: true, found }
    : { ok: false, failure: fail('refresh_token_expired'), expired: found }
}

/** The same, where an envelope that has expired is as good as any: for those who leave. */
export function findRefresh(context: Context, contract: Contract, text: string): FoundRefresh | undefined {
  const read = readRefresh(context, contract, text)
  return read.ok ? read.found : read.expired
}

/** The same. Throws `refresh_token_invalid` or `refresh_token_expired`. */
export function requireRefresh(context: Context, contract: Contract, text: string): FoundRefresh {
  const read = readRefresh(context, contract, text)
  if (!read.ok) throw read.failure
  return read.found
}
