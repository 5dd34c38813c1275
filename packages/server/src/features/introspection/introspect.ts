import type { Contract, InputOf, OutputOf, introspect as operation } from '@sallyport/protocol'
import { isAlive } from '../../domain/access.js'
import { clientId } from '../../domain/access-token.js'
import type { Caller, Context } from '../../domain/context.js'
import { readRefresh } from '../../domain/contract-tokens.js'
import { withUser } from '../../domain/session-user.js'
import { type SessionRow, sessions, type UserRow } from '../../domain/tables.js'
import { hashToken, parse } from '../../domain/tokens/chain.js'

type Output = OutputOf<typeof operation>

const inactive: Output = { active: false }

/** RFC 7662: whatever is wrong with a token, the answer is only that it is not active. */
export async function introspect(
  context: Context,
  caller: Caller,
  { token }: InputOf<typeof operation>,
): Promise<Output> {
  const parsed = parse(token, context.secrets.chain)
  if (parsed) return refreshToken(context, token, parsed.sid)
  for (const contract of context.contracts) {
    const found = context.keys.jwt(contract) && (await contractToken(context, contract, token))
    if (found) return found
  }
  return accessToken(context, caller, token)
}

/** A token of a contract that has tokens of its own: who it is for, whatever its own claims say. */
async function contractToken(
  context: Context,
  contract: Contract,
  token: string,
): Promise<Output | undefined> {
  const refresh = readRefresh(context, contract, token)
  if (refresh.ok) return refreshToken(context, refresh.found.opaque, refresh.found.token.sid)
  const verdict = context.keys.verify(token, contract)
  if (!verdict.ok) return undefined
  const { sid, jti, iat, exp } = verdict.claims
  const session = await living(context, sid as string)
  if (!session) return inactive
  return {
    active: true,
    token_type: 'Bearer',
    iss: context.issuer,
    sub: session.user.id,
    sid: session.row.id,
    client_id: clientId(contract),
    jti: jti as string,
    iat: iat as number,
    exp: exp as number,
    auth_time: Math.floor(session.row.auth_time / 1000),
    amr: session.row.amr as string[],
    roles: session.user.roles as string[],
  }
}

async function accessToken(context: Context, { contract }: Caller, token: string): Promise<Output> {
  const verdict = context.keys.verify(token, contract)
  if (!verdict.ok) return inactive
  const { claims } = verdict
  const session = await living(context, claims.sid as string)
  if (!session || context.changes.revoked(session.user.id, session.row.id)) return inactive
  const shown = [
    'iss',
    'aud',
    'sub',
    'sid',
    'client_id',
    'scope',
    'jti',
    'iat',
    'exp',
    'auth_time',
    'amr',
    'roles',
  ]
  const facts = Object.fromEntries(shown.map((name) => [name, claims[name]]))
  return { active: true, token_type: 'Bearer', ...facts }
}

async function refreshToken(context: Context, token: string, sid: string): Promise<Output> {
  const session = await living(context, sid)
  if (!session || !hashToken(token).equals(session.row.current_hash)) return inactive
  const { row, user } = session
  return {
    active: true,
    iss: context.issuer,
    sub: user.id,
    sid: row.id,
    client_id: clientId({ name: row.contract }),
    iat: Math.floor(row.rotated_at / 1000),
    exp: Math.floor(Math.min(row.idle_ends_at, row.ends_at) / 1000),
    auth_time: Math.floor(row.auth_time / 1000),
    amr: row.amr as string[],
  }
}

async function living(
  context: Context,
  sid: string,
): Promise<{ row: SessionRow; user: UserRow } | undefined> {
  const found = await withUser(context, await context.store.get(sessions, { id: sid }))
  if (!found || !isAlive(found.session, found.user, context.clock.now())) return undefined
  return { row: found.session, user: found.user }
}
