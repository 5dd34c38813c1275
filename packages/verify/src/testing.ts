// Tokens for tests of a service: keys of its own, no server, no network. Never for anything that runs.
import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import type { JsonWebKeyLike } from './service/settings.js'
import type { Claims } from './verdict.js'

export interface TestOptions {
  /** Default `https://auth.test`. */
  readonly issuer?: string
  /** Default `test`. */
  readonly audience?: string
  /** Milliseconds since 1970; the system's clock by default. */
  readonly now?: () => number
}

type Changes = Partial<Claims>

export interface TestTokens {
  /** What makes a verifier take these tokens and no others: `createVerifier(tokens.settings)`, `sallyport(tokens.settings)`. */
  readonly settings: {
    readonly issuer: string
    readonly audience: string
    readonly keys: readonly JsonWebKeyLike[]
    readonly now: () => number
  }
  /** A good token of somebody; `claims` replace its own, and undefined takes one away. */
  token(claims?: Changes): string
  /** As `token`, as the headers of a request. */
  headers(claims?: Changes): { authorization: string }
  /** What the gate says of somebody, for a verifier with `assertion`; the audience is the application's host. */
  assertion(claims?: Changes): string
  /** Its time was over an hour ago. */
  expired(claims?: Changes): string
  /** Its time begins in an hour. */
  notYet(claims?: Changes): string
  wrongAudience(claims?: Changes): string
  wrongIssuer(claims?: Changes): string
  /** Another kind of token of the same issuer: its `typ` is `refresh+jwt`. */
  wrongType(claims?: Changes): string
  /** Signed by somebody else under the right key’s id. */
  forged(claims?: Changes): string
  /** Signed by a key that is not known. */
  unknownKey(claims?: Changes): string
}

/** A key set, and tokens that a verifier with its settings accepts or refuses. */
export function testTokens(options: TestOptions = {}): TestTokens {
  const { issuer = 'https://auth.test', audience = 'test', now = Date.now } = options
  const kid = randomUUID()
  const [ours, theirs] = [0, 1].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' })) as [Pair, Pair]
  const header = { typ: 'at+jwt', alg: 'ES256', kid }
  const claimsOf = (more: Changes) => {
    const seconds = Math.floor(now() / 1000)
    const times = { iat: seconds, exp: seconds + 300, auth_time: seconds }
    const ids = { sub: '0190a000-0000-7000-8000-000000000001', sid: '0190a000-0000-7000-8000-000000000002' }
    const rest = { client_id: 'sallyport', scope: 'profile', amr: ['pwd'], roles: [], jti: randomUUID() }
    return { iss: issuer, aud: audience, ...ids, ...times, ...rest, ...more }
  }
  const make = (more: Changes = {}, key = ours, head: object = header) =>
    signed(head, claimsOf(more), key.privateKey)
  const ago = (seconds: number): Changes => {
    const at = Math.floor(now() / 1000) - seconds
    return { iat: at, exp: at + 300, auth_time: at }
  }
  const jwk = { ...ours.publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' }
  return {
    settings: { issuer, audience, keys: [jwk], now },
    token: (claims) => make(claims),
    headers: (claims) => ({ authorization: `Bearer ${make(claims)}` }),
    assertion: (claims) => {
      const { scope, client_id, jti, ...said } = claimsOf({})
      return make({ ...said, exp: said.iat + 60, ...claims }, ours, {
        ...header,
        typ: 'sallyport-assertion+jwt',
      })
    },
    expired: (claims) => make({ ...ago(3900), ...claims }),
    notYet: (claims) => make({ ...ago(-3600), ...claims }),
    wrongAudience: (claims) => make({ aud: `not-${audience}`, ...claims }),
    wrongIssuer: (claims) => make({ iss: 'https://elsewhere.test', ...claims }),
    wrongType: (claims) => make(claims, ours, { ...header, typ: 'refresh+jwt' }),
    forged: (claims) => make(claims, theirs),
    unknownKey: (claims) => make(claims, theirs, { ...header, kid: randomUUID() }),
  }
}

interface Pair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

function signed(header: object, claims: object, key: KeyObject): string {
  const encode = (content: object) => Buffer.from(JSON.stringify(content)).toString('base64url')
  const input = `${encode(header)}.${encode(claims)}`
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}
