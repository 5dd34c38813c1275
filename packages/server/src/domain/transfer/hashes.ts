// The passwords of a row: a hash that is understood here, or the password itself. A hash that cannot be tried later is
// refused now, with the reason, because its owner would be locked out without a word.
import { type FirebaseProject, firebaseHash } from '../passwords/foreign.js'
import { readStoredHash } from '../passwords/phc.js'
import { type PreparedPassword, preparePassword } from '../passwords/policy.js'
import type { Row } from './members.js'
import { Refused } from './refused.js'
import { readText } from './values.js'

const LONGEST_PASSWORD = 1024
const without = 'Leave it out with --map password_hash=- and let its owner choose a new password by mail'

export interface Given {
  readonly hash?: string
  readonly password?: PreparedPassword
  /** Worth telling: the row was taken, but not all of it. */
  readonly note?: string
}

/** Throws Refused where the row's password can never be checked here. */
export function readPassword(row: Row, firebase: FirebaseProject | undefined): Given {
  const { password, password_hash: hash, password_salt: salt } = row
  if (password !== undefined && hash !== undefined)
    throw new Refused(
      'there are a password and a password_hash',
      'Leave one of them out, such as --map password=-',
    )
  if (password !== undefined) return { password: readPlain(readText(password, 'password')) }
  if (hash === undefined) return {}
  const text = readText(hash, 'password_hash').trim()
  if (salt !== undefined) return { hash: withSalt(text, readText(salt, 'password_salt'), firebase) }
  // Django writes this for an account that has no password.
  if (text.startsWith('!')) return { note: 'password_hash says that there is no password' }
  assertUsable(text)
  return { hash: text }
}

function readPlain(text: string): PreparedPassword {
  if (readStoredHash(text).usable || familyOf(text) !== undefined)
    throw new Refused('password holds a hash', 'Say so: --map password=password_hash')
  const prepared = preparePassword(text)
  if (prepared === undefined || Buffer.byteLength(prepared) > LONGEST_PASSWORD)
    throw new Refused('password is longer than 1,024 bytes', 'Leave it out with --map password=-')
  return prepared
}

function assertUsable(text: string): void {
  const read = readStoredHash(text)
  if (read.usable) return
  if (read.refused === 'cost_too_high')
    throw new Refused('password_hash would take more than a second or 256 MiB to check', without)
  throw new Refused(`password_hash ${familyOf(text) ?? 'is of no kind that is known here'}`, without)
}

/** What a text that is no usable hash may have been. */
function familyOf(text: string): string | undefined {
  return families.find(([form]) => form.test(text))?.[1]
}

const families: readonly (readonly [RegExp, string])[] = [
  [/^\$2x?\$/, 'is of a bcrypt that had a fault (2, 2x)'],
  [/\$2[aby]\$/, 'is a bcrypt hash that is cut short or damaged: it has 60 characters'],
  [/^(argon2)?\$argon2/, 'is an argon2 hash that is cut short or damaged'],
  [/^pbkdf2:\w+\$/, 'does not say how many rounds it took: write them behind the second colon'],
  [/^(\$?pbkdf2|\$?scrypt)/, 'is cut short, damaged, or of parameters that are not known here'],
  [/^\$[PH]\$/, 'is a phpass hash that is cut short or damaged: it has 34 characters'],
  [/^\$(1|5|6|7|y|sha1|apr1)\$/, 'is of crypt(3), of which only bcrypt is known here'],
  [
    /^(md5|sha1|sha256|unsalted_md5)\$|^[0-9a-f]{32}$|^[0-9a-f]{40}$|^[0-9a-f]{64}$/i,
    'is a bare digest, which is guessed in no time',
  ],
  [/^\{\w+\}/, 'is of LDAP, which is not known here'],
]

function withSalt(hash: string, salt: string, firebase: FirebaseProject | undefined): string {
  if (!firebase)
    throw new Refused(
      'there is a salt beside the hash',
      'For Firebase name the project’s parameters with --firebase <file>; for others write hash and salt into one text (docs/import.md)',
    )
  const made = firebaseHash(firebase, fromEitherBase64(salt), fromEitherBase64(hash))
  if (made === undefined || !readStoredHash(made).usable)
    throw new Refused(
      'hash, salt and the project’s parameters do not belong together, or ask for too much',
      'Compare the file named by --firebase with the password hash parameters of the project',
    )
  return made
}

/** Firebase exports URL-safe base64, and documents the usual one. */
const fromEitherBase64 = (text: string) =>
  Buffer.from(text.replaceAll('-', '+').replaceAll('_', '/'), 'base64')

/** Whether one usable hash is harder to guess at than another, or as hard. */
export function isAsStrong(one: string, other: string): boolean {
  const [read, against] = [readStoredHash(one), readStoredHash(other)]
  if (!read.usable) return false
  if (!against.usable) return true
  const { family, cost } = read.strength
  return (
    family > against.strength.family || (family === against.strength.family && cost >= against.strength.cost)
  )
}
