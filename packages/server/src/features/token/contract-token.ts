// Tokens of contracts that have their own: found by whichever contract's keys made them.
import type { Contract } from '@sallyport/protocol'
import type { Context } from '../../domain/context.js'
import { findRefresh } from '../../domain/contract-tokens.js'
import type { JwtVerdict } from '../../domain/keys/contract-keys.js'
import { explainChain } from './refresh-token.js'
import { explainSession } from './session.js'
import { type Steps, showTime } from './steps.js'

export interface ContractToken {
  readonly contract: Contract
  readonly kind: 'access' | 'refresh'
  readonly verdict: Extract<JwtVerdict, { claims: unknown }>
}

/** The contract that made a token, and for what; undefined where none did. */
export function findContractToken({ contracts, keys }: Context, token: string): ContractToken | undefined {
  for (const contract of contracts)
    for (const kind of ['access', 'refresh'] as const) {
      const verdict = keys.jwt(contract)?.verify(kind, token)
      if (verdict && 'claims' in verdict) return { contract, kind, verdict }
    }
  return undefined
}

const asked = {
  stateless: 'nothing more is asked on this contract',
  session: 'its session must not have ended',
  live: 'its session must not have ended, and address and roles of its user must be what they were',
}

/** Such a token, as its contract would take it. */
export async function explainContractToken(
  context: Context,
  token: string,
  { contract, kind, verdict }: ContractToken,
  steps: Steps,
): Promise<void> {
  steps.add('signature', true, `made here, with the keys of the contract ${contract.name}`)
  const { iat, exp, uid, sid, fct } = verdict.claims as Record<string, unknown>
  const [issued, ends, now] = [Number(iat), Number(exp)]
    .map((seconds) => showTime(seconds * 1000))
    .concat(showTime(context.clock.now()))
  const late = verdict.ok ? '' : ': it has expired'
  if (!steps.add('times', verdict.ok, `issued ${issued}, expires ${ends}, now ${now}${late}`)) return
  if (kind === 'refresh') return explainEnvelope(context, contract, token, steps)
  const check = contract.sessions?.check ?? 'session'
  steps.add('check', true, `${check}: ${asked[check]}`)
  if (check === 'stateless') return
  const revoked = context.changes.revoked(String(uid), String(sid))
  steps.add('revocation', !revoked, revoked ? 'the session was ended, alone or with all others' : 'none')
  if (check === 'live') {
    const { active, mark } = await context.live.facts(String(uid))
    const same = active && mark === fct
    steps.add(
      'user now',
      same,
      same ? 'as when the token was made' : 'disabled, gone, or with another address or other roles',
    )
  }
  await explainSession(context, String(sid), steps)
}

async function explainEnvelope(
  context: Context,
  contract: Contract,
  token: string,
  steps: Steps,
): Promise<void> {
  const found = findRefresh(context, contract, token)
  const says = found
    ? 'its jti is a token of our chain'
    : 'its jti is no token of our chain: signed by somebody who shares the secret'
  if (steps.add('chain token', found !== undefined, says) && found)
    await explainChain(context, contract, found.token, found.opaque, steps)
}
