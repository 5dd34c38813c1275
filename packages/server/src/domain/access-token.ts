// Access tokens as they are made: for how long, for whom, and what stands in them. Who they belong to when they come
// back is access.ts's; the formats are tokens/'s.
import type { Contract } from '@sallyport/protocol'
import { uuidv7 } from '../util/ids.js'
import { duration, type Setting, text } from '../util/setting.js'
import type { Context } from './context.js'
import { issueJwtAccess } from './contract-tokens.js'
import { markOf } from './live.js'
import type { SessionRow, UserRow } from './tables.js'
import { signAccessToken } from './tokens/access.js'

export const audience = text('audience', 'sallyport', {
  doc: 'The `aud` claim of access tokens.',
  expected: 'a text',
})
const accessTtl = duration('access_token.ttl', '5m', {
  min: '1s',
  max: '15m',
  doc: 'How long an access token lives on contracts that do not say it themselves.',
})
export const accessSettings: readonly Setting<never>[] = [audience, accessTtl] as never

/** Who the tokens are for: each contract's are its own. */
export function clientId(contract: Pick<Contract, 'name'>): string {
  return contract.name === 'native' ? 'sallyport' : contract.name
}

/** Milliseconds an access token of this contract lives. */
export function accessLifetime(context: Context, contract: Contract): number {
  const own = contract.lifetimes?.access
  return own === undefined ? context.settings.get(accessTtl) : own * 1000
}

/** A signed access token for a session: by RFC 9068, or as its contract has it. */
export function issueAccessToken(
  context: Context,
  contract: Contract,
  user: UserRow,
  session: SessionRow,
): string {
  const jwt = context.keys.jwt(contract)
  if (jwt) return issueJwtAccess(context, contract, jwt, user, session, accessLifetime(context, contract))
  const iat = Math.floor(context.clock.now() / 1000)
  return signAccessToken(context.keys.active(contract), {
    iss: context.issuer,
    aud: context.settings.get(audience),
    sub: user.id,
    sid: session.id,
    iat,
    exp: iat + Math.floor(accessLifetime(context, contract) / 1000),
    jti: uuidv7(context.clock.now()),
    client_id: clientId(contract),
    scope: 'profile',
    amr: session.amr,
    auth_time: Math.floor(session.auth_time / 1000),
    roles: user.roles,
    ...(contract.sessions?.check === 'live' && { fct: markOf(user) }),
  })
}
