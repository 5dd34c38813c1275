import { type Algorithm, algorithms } from '@sallyport/verify'
import { choice, duration, list, type Setting, text } from '../../util/setting.js'

export const signingAlgorithm: Setting<Algorithm> = choice('access_token.alg', 'ES256', algorithms, {
  doc: 'The algorithm of new signing keys. HS256 and HS512 can be verified only by whoever holds the key.',
})
export const rotateEvery = duration('keys.rotate_every', '30d', {
  min: '10m',
  max: '3650d',
  doc: 'How long a signing key signs before the next one takes over.',
})
export const keysFile = text('keys.file', undefined, {
  doc: 'A private key (PEM or JWK), or a JWK set whose first key signs and whose others verify, instead of keys of our own.',
  expected: 'a path',
})
export const verifierKeys = list('verifier_keys', [], {
  secret: true,
  doc: 'Keys (`vk_…`) by which other services may introspect tokens and follow revocations.',
  expected: 'a list of keys, each vk_ and at least 32 letters, digits, - or _',
  test: (item) => /^vk_[A-Za-z0-9_-]{32,}$/.test(item),
})
export const keySettings: readonly Setting<never>[] = [signingAlgorithm, rotateEvery, keysFile] as never
