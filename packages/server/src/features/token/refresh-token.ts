import type { Contract } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { lifetimes } from '../../domain/sessions.js'
import type { SessionRow } from '../../domain/tables.js'
import { hashToken, judge, type ParsedToken, parse } from '../../domain/tokens/chain.js'
import { explainSession } from './session.js'
import { type Steps, showTime } from './steps.js'

/** A refresh token, as `POST /v1/refresh` would take it without an attempt id. Nothing is spent by looking. */
export async function explainRefreshToken(
  context: Context,
  caller: Caller,
  token: string,
  steps: Steps,
): Promise<void> {
  steps.add('shape', true, '86 characters of base64url')
  const parsed = parse(token, context.secrets.chain)
  const made =
    parsed?.keyIndex === 0 ? 'made by this server' : 'made under the master secret that is being replaced'
  const foreign = 'not made by this server, altered, or made under a master secret that is gone'
  if (!steps.add('signature', parsed !== undefined, parsed ? made : foreign) || !parsed) return
  await explainChain(context, caller.contract, parsed, token, steps)
}

/** The session of a token whose tag holds, and the token's place in its chain. */
export async function explainChain(
  context: Context,
  contract: Contract,
  parsed: ParsedToken,
  token: string,
  steps: Steps,
): Promise<void> {
  const session = await explainSession(context, parsed.sid, steps)
  if (session) explainPlace(context, contract, session, parsed, token, steps)
}

const judgements = {
  repeat: 'it was spent, and the same successor would be answered again',
  duplicate: 'it was spent just now and would be refused as a doubled request',
  reuse: 'it was spent before: shown again, it would end the session',
  rolled_back: 'it is newer than the store knows: an older state of the store was brought back',
}

function explainPlace(
  context: Context,
  contract: Contract,
  session: SessionRow,
  { generation }: ParsedToken,
  token: string,
  steps: Steps,
): void {
  const hash = hashToken(token)
  const place = `number ${generation} of its chain, which stands at ${session.generation} since ${showTime(session.rotated_at)}`
  if (hash.equals(session.current_hash)) {
    steps.add('chain', true, `${place}: it is the newest`)
    return
  }
  const graceMs = lifetimes(context, contract).grace
  const now = context.clock.now()
  const verdict = judge({ row: session, hash, generation, attemptHash: null, now, graceMs })
  steps.add('chain', verdict === 'repeat', `${place}: ${judgements[verdict]}`)
}
