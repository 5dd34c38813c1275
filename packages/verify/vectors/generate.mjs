// Writes vectors/*.json: tokens with the verdict and the reason that any verifier must come to. It shares no code with
// src/, and the cases stand in cases-*.mjs. ES256 signatures are random, so every run writes other tokens.
// Run: node packages/verify/vectors/generate.mjs && npx biome format --write packages/verify/vectors
import { createHmac, createPrivateKey, sign } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { tk5, tk6, tk7 } from './cases-form.mjs'
import { tk1, tk2, tk3, tk4 } from './cases-meaning.mjs'

const at = (name) => new URL(name, import.meta.url)
const privateKeys = JSON.parse(readFileSync(at('keys.private.json'), 'utf8'))
const hashes = { ES256: 'sha256', RS256: 'sha256', EdDSA: null, HS256: 'sha256', HS512: 'sha512' }

const encode = (content) =>
  Buffer.from(
    typeof content === 'object' && !Buffer.isBuffer(content) ? JSON.stringify(content) : content,
  ).toString('base64url')

function signatureOf(input, jwk, alg) {
  if (alg.startsWith('HS'))
    return createHmac(hashes[alg], jwk.raw ?? Buffer.from(jwk.k, 'base64url'))
      .update(input)
      .digest()
  const key = createPrivateKey({ key: jwk, format: 'jwk' })
  return sign(hashes[alg], Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
}

/** A token with the given segments: objects are printed as JSON, text and bytes stand as they are. */
function make({ key, header, payload, signWith, signAs, unsigned, change }) {
  const jwk = privateKeys[key]
  const input = `${encode(header)}.${encode(payload)}`
  const alg = signAs ?? jwk.alg
  const signature = unsigned ? '' : signatureOf(input, signWith ?? jwk, alg).toString('base64url')
  const token = `${input}.${signature}`
  return change ? change(token) : token
}

/** Whether only somebody with the signing key could have made it. */
const needsKey = ({ token, change, signWith, unsigned }) =>
  token === undefined && !change && !signWith && !unsigned

const publicMembers = ['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'alg']
const publicKeys = Object.fromEntries(
  Object.entries(privateKeys).map(([name, jwk]) => {
    const shown = jwk.kty === 'oct' ? ['kty', 'k', 'kid', 'alg'] : publicMembers
    return [
      name,
      Object.fromEntries(shown.filter((member) => jwk[member]).map((member) => [member, jwk[member]])),
    ]
  }),
)

for (const [name, list] of Object.entries({ tk1, tk2, tk3, tk4, tk5, tk6, tk7 })) {
  const requirement = name.toUpperCase()
  const vectors = list(privateKeys).map(({ name, reason, options, now, keys, ...parts }) => ({
    name,
    requirement,
    key: needsKey(parts) ? 'known' : 'unknown',
    token: parts.token ?? make(parts),
    keys,
    options,
    now,
    verdict: reason === undefined ? 'accepted' : 'refused',
    ...(reason === undefined ? {} : { reason }),
  }))
  const used = [...new Set(vectors.flatMap((vector) => vector.keys))]
  const keys = Object.fromEntries(used.map((name) => [name, publicKeys[name]]))
  writeFileSync(at(`${name}.json`), `${JSON.stringify({ keys, vectors }, null, 2)}\n`)
}
