// An OpenID provider on this machine: keys of its own, credentials signed with them, and every way of not answering.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

export const clientId = 'web.apps.example'

export interface Key {
  readonly kid: string
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

export interface Provider {
  readonly url: string
  /** How a server is told of it. */
  readonly settings: Record<string, string>
  /** What is listed; to be changed by tests. */
  keys: JWK[]
  /** How often the keys were asked for. */
  asked: number
  /** What happens instead of an answer. */
  mood: 'well' | 'silent' | 'broken' | 'moved' | 'endless' | 'nonsense'
  readonly key: Key
  close(): Promise<void>
}

export async function newKey(alg = 'RS256', kid = crypto.randomUUID()): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

/** A credential with these claims, signed rightly; `header` adds to its header. */
export async function signed(key: Key, claims: object, header: object = {}): Promise<string> {
  const { alg, kid, privateKey } = key
  return new SignJWT({ ...claims }).setProtectedHeader({ alg, kid, typ: 'JWT', ...header }).sign(privateKey)
}

export async function openProvider(): Promise<Provider> {
  const key = await newKey()
  const server = createServer((_, response) => {
    provider.asked += 1
    const { mood } = provider
    if (mood === 'silent') return
    if (mood === 'broken') response.writeHead(500).end()
    else if (mood === 'moved') response.writeHead(302, { location: `${provider.url}/elsewhere` }).end()
    else if (mood === 'nonsense') response.end('<html>')
    else if (mood === 'endless')
      response.end(JSON.stringify({ keys: provider.keys, more: 'x'.repeat(2 ** 21) }))
    else response.end(JSON.stringify({ keys: provider.keys }))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider: Provider = {
    url,
    settings: {
      'social.google.client_id': `${clientId},ios.apps.example`,
      'social.google.issuer': url,
      'social.google.jwks_uri': `${url}/certs`,
    },
    keys: [key.jwk],
    asked: 0,
    mood: 'well',
    key,
    close: () => {
      server.closeAllConnections()
      return new Promise((closed) => server.close(() => closed()))
    },
  }
  return provider
}

/** The claims of a good credential for somebody at Google. */
export function claimsFor(provider: Provider, now: number, more: object = {}): Record<string, unknown> {
  const iat = Math.floor(now / 1000)
  return {
    iss: provider.url,
    aud: clientId,
    azp: clientId,
    sub: '1000',
    email: 'ada@gmail.com',
    email_verified: true,
    name: 'Ada Lovelace',
    iat,
    exp: iat + 3600,
    ...more,
  }
}
