// An ID token as a credential (OpenID Connect Core section 3.1.3.7): whose signature, for whom, from whom, and when. What
// stands in its header chooses among the keys that the configuration leads to, and nothing else. It proves who somebody
// is at the provider; what that means here is for the account to say.
import type { JWK } from 'jose'
import type { Context } from '../../domain/context.js'
import { sha256 } from '../../util/hash.js'
import { findKey } from './key-set.js'
import type { Provider } from './settings.js'

/** How far the provider's clock may be ahead of ours, and the longest life of a credential. Milliseconds. */
const AHEAD = 60_000
const LONGEST = 24 * 3_600_000

const algorithms: Readonly<Record<string, string>> = { RS256: 'RSA', ES256: 'EC' }

type Claims = Readonly<Record<string, unknown>>

/** What a credential says. */
export interface Credential {
  readonly subject: string
  /** Everything that it claims. Only what was checked may be relied on: texts may be of any kind and length. */
  readonly claims: Claims
  /** By which it is known again: of what is signed, since a signature can be written in several ways. */
  readonly hash: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/** The verdict on a credential: a reason is for the log, never for whoever sent it. Throws `provider_unavailable`. */
export type Verdict = { readonly ok: Credential } | { readonly refused: string }

const shape = /^[\w-]+\.[\w-]+\.[\w-]+$/

export async function judge(
  context: Context,
  provider: Provider,
  text: string,
  nonce: string | undefined,
): Promise<Verdict> {
  if (!shape.test(text)) return { refused: 'shape' }
  const header = parse(text.slice(0, text.indexOf('.')))
  if (!header || 'crit' in header || 'b64' in header) return { refused: 'header' }
  const { alg, kid, typ = 'JWT' } = header
  const kty = typeof alg === 'string' && Object.hasOwn(algorithms, alg) ? algorithms[alg] : undefined
  if (kty === undefined || typeof kid !== 'string' || typ !== 'JWT') return { refused: 'header' }
  const key = await findKey(context, provider.jwksUri, kid)
  if (key?.kty !== kty || (key.alg ?? alg) !== alg || (key.use ?? 'sig') !== 'sig') return { refused: 'key' }
  const payload = await open(text, key as JWK, alg as string)
  const claims = payload && parse(payload)
  if (!claims) return { refused: 'signature' }
  const wrong = wrongClaim(claims, provider, nonce, context.clock.now())
  if (wrong !== undefined) return { refused: wrong }
  const hash = sha256(text.slice(0, text.lastIndexOf('.'))).toString('base64url')
  const { sub, exp } = claims as { sub: string; exp: number }
  return { ok: { subject: sub, claims, hash, expiresAt: Math.ceil(exp * 1000) } }
}

/** What is signed, where the signature holds. */
async function open(text: string, key: JWK, alg: string): Promise<Uint8Array | undefined> {
  const { compactVerify, importJWK } = await import('jose')
  try {
    const { payload } = await compactVerify(text, await importJWK(key, alg), { algorithms: [alg] })
    return payload
  } catch {
    return undefined
  }
}

function parse(encoded: string | Uint8Array): Claims | undefined {
  try {
    const bytes = typeof encoded === 'string' ? Buffer.from(encoded, 'base64url') : encoded
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Claims) : undefined
  } catch {
    return undefined
  }
}

/** The name of the first claim that is not as it must be. */
function wrongClaim(
  claims: Claims,
  { issuers, clientIds }: Provider,
  nonce: string | undefined,
  now: number,
): string | undefined {
  const { iss, aud, azp, exp, iat, nbf, sub } = claims
  const isOurs = (id: unknown) => typeof id === 'string' && clientIds.includes(id)
  if (typeof iss !== 'string' || !issuers.includes(iss)) return 'iss'
  const audiences = Array.isArray(aud) ? aud : [aud]
  if (audiences.length === 0 || !audiences.every(isOurs)) return 'aud'
  if (azp === undefined ? audiences.length > 1 : !isOurs(azp)) return 'azp'
  if (!isTime(exp) || now >= exp * 1000) return 'exp'
  if (!isTime(iat) || iat * 1000 > now + AHEAD || (exp - iat) * 1000 > LONGEST) return 'iat'
  if (nbf !== undefined && (!isTime(nbf) || nbf * 1000 > now + AHEAD)) return 'nbf'
  // Who asked for one must say it, and who did not cannot have got one: it ties the credential to a visit.
  if (claims.nonce !== nonce) return 'nonce'
  return typeof sub === 'string' && /^[\x21-\x7e]{1,255}$/.test(sub) ? undefined : 'sub'
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
