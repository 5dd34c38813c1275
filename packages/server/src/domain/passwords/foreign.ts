// Hashes that other systems made, as they spell them: bcrypt, scrypt, PBKDF2, phpass, and what frameworks put around
// them. A spelling is read into a recipe, which foreign-work.ts follows on a hashing thread. Here it is decided what is
// read at all and what it may cost; argon2 is phc.ts's. A recipe never says that a hash is good enough to be kept: every
// one is replaced by ours at the first log-in.
// Sources: crypt(5), RFC 8018 (PBKDF2), RFC 7914 (scrypt), the hashers of Django, Werkzeug, passlib, WordPress, Firebase.
import type { HashRefusal } from './phc.js'

export type Digest = 'sha1' | 'sha256' | 'sha512'

/** What is done to a password before bcrypt sees it: nothing, Django's hex of SHA-256, or WordPress's HMAC. */
export type Before = 'nothing' | 'sha256_hex' | 'wordpress'

export interface ScryptCost {
  readonly N: number
  readonly r: number
  readonly p: number
}

export type Recipe =
  | { readonly kind: 'bcrypt'; readonly salt: string; readonly digest: string; readonly before: Before }
  | {
      readonly kind: 'pbkdf2'
      readonly hash: Digest
      readonly rounds: number
      readonly salt: Uint8Array
      readonly digest: Uint8Array
    }
  | {
      readonly kind: 'scrypt'
      readonly cost: ScryptCost
      readonly salt: Uint8Array
      readonly digest: Uint8Array
      /** The digest is the key stream of AES-256-CTR under what scrypt answers, see `firebaseHash`. */
      readonly streamed: boolean
    }
  | { readonly kind: 'phpass'; readonly log: number; readonly salt: string; readonly digest: string }

/** How hard a hash is to guess at: the family first, then its own cost. Comparable with each other only. */
export interface Strength {
  readonly family: number
  readonly cost: number
}

export type Foreign = { readonly recipe: Recipe; readonly strength: Strength } | { refused: HashRefusal }

/** About a second of one core each. */
export const foreignCaps = {
  bcrypt: 14,
  pbkdf2: 2_000_000,
  phpass: 20,
  /** Bytes at once, and bytes times passes. */
  scryptMemory: 256 * 1024 * 1024,
  scryptWork: 512 * 1024 * 1024,
} as const

const unknown: Foreign = { refused: 'unknown_format' }
const tooHigh: Foreign = { refused: 'cost_too_high' }
const digestBytes: Readonly<Record<Digest, number>> = { sha1: 20, sha256: 32, sha512: 64 }

/** Reads a hash that is not argon2's. `refused` where nobody here understands it, or it asks for too much. */
export function readForeign(text: string): Foreign {
  for (const [form, read] of forms) {
    const match = form.exec(text)
    if (match) return read(match.slice(1) as string[])
  }
  return unknown
}

const number = '([1-9][0-9]{0,9})'
const base64 = '([A-Za-z0-9+/]+={0,2})'
const adapted = '([A-Za-z0-9./]+)'
const bcryptForm = '\\$2([aby])\\$([0-9]{2})\\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})'
const whole = (form: string) => new RegExp(`^${form}$`)

type Read = (parts: readonly string[]) => Foreign

const forms: readonly (readonly [RegExp, Read])[] = [
  // crypt(3), and Django's BCryptPasswordHasher around it
  [whole(`(?:bcrypt\\$)?${bcryptForm}`), (parts) => bcrypt(parts, 'nothing')],
  [whole(`bcrypt_sha256\\$${bcryptForm}`), (parts) => bcrypt(parts, 'sha256_hex')],
  // WordPress 6.8 and later
  [whole(`\\$wp${bcryptForm}`), (parts) => bcrypt(parts, 'wordpress')],
  // Django: the salt is text
  [
    whole(`pbkdf2_(sha1|sha256)\\$${number}\\$([^$]+)\\$${base64}`),
    ([hash, rounds, salt, digest]) => pbkdf2(hash!, rounds!, utf8(salt!), fromBase64(digest!)),
  ],
  [
    whole(`scrypt\\$${number}\\$([^$]+)\\$${number}\\$${number}\\$${base64}`),
    ([N, salt, r, p, digest]) => scrypt(costOf(N!, r!, p!), utf8(salt!), fromBase64(digest!)),
  ],
  // Werkzeug: the salt is text, the digest hexadecimal
  [
    whole(`pbkdf2:(sha1|sha256|sha512):${number}\\$([^$]+)\\$([0-9a-f]+)`),
    ([hash, rounds, salt, digest]) => pbkdf2(hash!, rounds!, utf8(salt!), fromHex(digest!)),
  ],
  [
    whole(`scrypt:${number}:${number}:${number}\\$([^$]+)\\$([0-9a-f]+)`),
    ([N, r, p, salt, digest]) => scrypt(costOf(N!, r!, p!), utf8(salt!), fromHex(digest!)),
  ],
  // passlib: base64 with . for +, without padding; the bare name is SHA-1's
  [
    whole(`\\$pbkdf2(?:-(sha1|sha256|sha512))?\\$${number}\\$${adapted}\\$${adapted}`),
    ([hash = 'sha1', rounds, salt, digest]) =>
      pbkdf2(hash, rounds!, fromAdapted(salt!), fromAdapted(digest!)),
  ],
  // PHC strings
  [
    whole(`\\$pbkdf2-(sha1|sha256|sha512)\\$i=${number}(?:,l=${number})?\\$${base64}\\$${base64}`),
    ([hash, rounds, , salt, digest]) => pbkdf2(hash!, rounds!, fromBase64(salt!), fromBase64(digest!)),
  ],
  [
    whole(`\\$(scrypt|firebase-scrypt)\\$ln=${number},r=${number},p=${number}\\$${base64}\\$${base64}`),
    ([name, ln, r, p, salt, digest]) =>
      scrypt(logOf(ln!, r!, p!), fromBase64(salt!), fromBase64(digest!), name === 'firebase-scrypt'),
  ],
  [whole('\\$[PH]\\$([./0-9A-Za-z])([./0-9A-Za-z]{8})([./0-9A-Za-z]{22})'), phpass],
]

function bcrypt([, cost, salt, digest]: readonly string[], before: Before): Foreign {
  const rounds = Number(cost)
  if (rounds < 4 || rounds > 31) return unknown
  if (rounds > foreignCaps.bcrypt) return tooHigh
  // 2a and 2y mean to everybody today what 2b means.
  const recipe = { kind: 'bcrypt', salt: `$2b$${cost}$${salt}`, digest: digest!, before } as const
  return { recipe, strength: { family: families.bcrypt, cost: rounds } }
}

function pbkdf2(hash: string, rounds: string, salt: Uint8Array, digest: Uint8Array): Foreign {
  if (!fits(salt, 1, 128) || !fits(digest, 16, 512)) return unknown
  const name = hash as Digest
  const count = Number(rounds)
  if (count > foreignCaps.pbkdf2) return tooHigh
  // Every block of the answer is made for itself, so that the first one tells, and the others would only cost.
  const first = digest.subarray(0, digestBytes[name])
  const recipe = { kind: 'pbkdf2', hash: name, rounds: count, salt, digest: first } as const
  return { recipe, strength: { family: families.pbkdf2, cost: count } }
}

function scrypt(cost: ScryptCost, salt: Uint8Array, digest: Uint8Array, streamed = false): Foreign {
  const { N, r, p } = cost
  const isPower = N > 1 && Number.isInteger(Math.log2(N))
  if (!isPower || !fits(salt, 1, 128) || !fits(digest, 16, streamed ? 64 : 128)) return unknown
  const memory = 128 * N * r
  if (memory > foreignCaps.scryptMemory || memory * p > foreignCaps.scryptWork) return tooHigh
  const recipe = { kind: 'scrypt', cost, salt, digest, streamed } as const
  return { recipe, strength: { family: families.scrypt, cost: memory * p } }
}

function phpass([log, salt, digest]: readonly string[]): Foreign {
  const rounds = itoa64.indexOf(log!)
  if (rounds < 7 || rounds > 30) return unknown
  if (rounds > foreignCaps.phpass) return tooHigh
  const recipe = { kind: 'phpass', log: rounds, salt: salt!, digest: digest! } as const
  return { recipe, strength: { family: families.phpass, cost: rounds } }
}

/** Families from what is guessed at fastest to what is slowest; argon2's are phc.ts's. */
export const families = { phpass: 0, pbkdf2: 1, bcrypt: 2, scrypt: 3, argon2: 4, argon2id: 5 } as const

/** The digits of crypt(3), in their order. */
export const itoa64 = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

const costOf = (N: string, r: string, p: string): ScryptCost => ({ N: Number(N), r: Number(r), p: Number(p) })

/** `ln` is the logarithm; Ory Kratos writes N itself there, which no logarithm reaches. */
function logOf(ln: string, r: string, p: string): ScryptCost {
  const given = Number(ln)
  return { N: given < 64 ? 2 ** given : given, r: Number(r), p: Number(p) }
}

const fits = ({ length }: Uint8Array, min: number, max: number) => length >= min && length <= max
const utf8 = (text: string) => Buffer.from(text)
const nothing = Buffer.alloc(0)
const fromHex = (text: string) => (text.length % 2 === 0 ? Buffer.from(text, 'hex') : nothing)
const fromAdapted = (text: string) => fromBase64(text.replaceAll('.', '+'))

/** No bytes where the last character carries bits that mean nothing, or the padding is not what it should be. */
function fromBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64')
  const padded = bytes.toString('base64')
  return text === padded || text === padded.replace(/=+$/, '') ? bytes : nothing
}

/** The parameters of a Firebase project: they are the project's, and its exports do not hold them. */
export interface FirebaseProject {
  readonly signerKey: Uint8Array
  readonly saltSeparator: Uint8Array
  /** scrypt's r, and the logarithm of its N. */
  readonly rounds: number
  readonly memCost: number
}

/**
 * A hash of Firebase in a spelling that says everything that is needed to try it. Firebase encrypts the project's signer
 * key with what scrypt answers (AES-256-CTR): the signer key taken off again leaves the key stream, which tells the
 * same of a password, and the signer key does not have to be kept. Undefined where the lengths do not fit.
 */
export function firebaseHash(
  { signerKey, saltSeparator, rounds, memCost }: FirebaseProject,
  salt: Uint8Array,
  hash: Uint8Array,
): string | undefined {
  if (hash.length !== signerKey.length || hash.length < 16 || hash.length > 64) return undefined
  const stream = Buffer.from(hash.map((byte, at) => byte ^ signerKey[at]!))
  const salts = Buffer.concat([salt, saltSeparator])
  return `$firebase-scrypt$ln=${memCost},r=${rounds},p=1$${bare(salts)}$${bare(stream)}`
}

const bare = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
