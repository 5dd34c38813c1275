// Judges a master secret: whether it is long enough to be one, whether anybody could look it up, and whether it can
// have come from a random generator. A secret of a real generator passes all of it but once in 10^8 draws.
import { createHash } from 'node:crypto'
import { sha256 } from '../util/hash.js'
import { publishedKeys, publishedPhrases } from './published.js'

/** The bytes of base64url, base64 or hex; undefined for anything else. What can be hex is hex. */
export function decodeSecret(text: string): Buffer | undefined {
  if (/^([0-9a-f]{2})+$/i.test(text)) return Buffer.from(text, 'hex')
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return undefined
  const plain = text.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_')
  const bytes = Buffer.from(plain, 'base64url')
  return bytes.toString('base64url') === plain ? bytes : undefined
}

/** Why a secret can be looked up or guessed; undefined for one that looks random. */
export function weakness(text: string): string | undefined {
  const bytes = decodeSecret(text)
  if (isPublished(text, bytes)) return 'is publicly known: it stands in examples and default settings'
  if (!bytes) return 'is neither base64url nor hex'
  if (bytes.length < 32) return `has ${bytes.length} bytes; at least 32 are needed`
  if (new Set(bytes).size < 16) return 'is made of few different bytes'
  if (isPattern(bytes)) return 'is a repeated or counted pattern'
  if (isPrintable(bytes) || isWords(text)) return 'is made of words or typed characters, not of random bytes'
  return undefined
}

function isPublished(text: string, bytes: Buffer | undefined): boolean {
  if (phrases().has(simplify(text))) return true
  if (!bytes) return false
  return keys().has(bytes.toString('hex')) || phrases().has(simplify(bytes.toString('latin1')))
}

const simplify = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '')

let known: { phrases: Set<string>; keys: Set<string> } | undefined
const phrases = () => lists().phrases
const keys = () => lists().keys

/** Made at the first use: most commands never judge a secret. */
function lists(): { phrases: Set<string>; keys: Set<string> } {
  known ??= {
    phrases: new Set(publishedPhrases.map(simplify)),
    keys: new Set([...publishedKeys.map((key) => decodeSecret(key)!.toString('hex')), ...hashedPhrases()]),
  }
  return known
}

function hashedPhrases(): string[] {
  return publishedPhrases.flatMap((phrase) =>
    [phrase, simplify(phrase)].flatMap((text) => [
      sha256(text).toString('hex'),
      createHash('sha512').update(text).digest('hex'),
    ]),
  )
}

/** A block that repeats, or neighbours that differ by the same few steps (counting up, a keyboard row). */
function isPattern(bytes: Buffer): boolean {
  for (let period = 1; period <= bytes.length / 2; period++)
    if (bytes.subarray(period).equals(bytes.subarray(0, -period))) return true
  const steps = new Set<number>()
  for (let i = 1; i < bytes.length; i++) steps.add((bytes[i]! - bytes[i - 1]!) & 0xff)
  return steps.size < 8
}

function isPrintable(bytes: Buffer): boolean {
  return bytes.every((byte) => byte >= 0x20 && byte < 0x7f)
}

const words =
  /secret|super|password|token|access|refresh|session|change|this|that|your|production|development|random|string|private|public|please|should|long|very|secure|server|sallyport|admin|default|example|characters|least|signing|signature|qwerty|1234|abcd|asdf/gi

/** Typed text that happens to be base64url: one case only, or a dozen characters of it in words. */
function isWords(text: string): boolean {
  if (/^[0-9a-f]+$/i.test(text)) return false
  if (text === text.toLowerCase() || text === text.toUpperCase()) return true
  const covered = (text.match(words) ?? []).reduce((sum, word) => sum + word.length, 0)
  return covered >= 12
}
