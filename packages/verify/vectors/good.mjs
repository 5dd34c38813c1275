// A good token, and the ways in which a case may change one thing about it. `reason` undefined means accepted; `change`
// works on the finished token (nobody needs a key for that), everything else is signed rightly.

export const now = Date.UTC(2030, 0, 1)
export const seconds = now / 1000
export const options = { issuer: 'https://auth.example', audience: 'https://api.example' }
export const claims = {
  iss: options.issuer,
  aud: options.audience,
  sub: '0193f5a0-0000-7000-8000-000000000001',
  sid: '0193f5a0-0000-7000-8000-000000000002',
  iat: seconds - 60,
  exp: seconds + 240,
  jti: 'c5d1f0a2',
  client_id: 'sallyport',
  scope: 'read write',
  amr: ['pwd'],
  auth_time: seconds - 60,
  roles: ['user'],
}
const kids = { es256: 'es-1', es256b: 'es-2', eddsa: 'ed-1', rs256: 'rs-1', hs256: 'hs-1', hs512: 'hs-2' }
export const algs = {
  es256: 'ES256',
  es256b: 'ES256',
  eddsa: 'EdDSA',
  rs256: 'RS256',
  hs256: 'HS256',
  hs512: 'HS512',
}
export const asymmetric = ['es256', 'eddsa', 'rs256']
export const headerOf = (key, more = {}) => ({ typ: 'at+jwt', alg: algs[key], kid: kids[key], ...more })
export const without = (object, ...names) =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)))

export function good(name, reason, parts = {}) {
  const key = parts.key ?? 'es256'
  return { name, reason, key, keys: [key], header: headerOf(key), payload: claims, options, now, ...parts }
}
export const withHeader = (name, reason, more, parts = {}) =>
  good(name, reason, { ...parts, header: headerOf(parts.key ?? 'es256', more) })
export const withClaims = (name, reason, more, parts = {}) =>
  good(name, reason, { ...parts, payload: { ...claims, ...more } })
export const withText = (name, reason, payload, parts = {}) => good(name, reason, { ...parts, payload })
export const changed = (name, reason, change, parts = {}) => good(name, reason, { ...parts, change })

export const printed = JSON.stringify(claims)
export const instead = (member, text) =>
  printed.replace(`"${member}":${JSON.stringify(claims[member])}`, text)
export const segments = (token, edit) => edit(token.split('.')).join('.')
/** Flips the lowest bit of a segment's last character: a spare bit wherever the length leaves one. */
export const spareBit = (segment) => segment.slice(0, -1) + alphabet[alphabet.indexOf(segment.at(-1)) ^ 1]
export const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

export const nested = (depth) => (depth === 1 ? {} : { in: nested(depth - 1) })
