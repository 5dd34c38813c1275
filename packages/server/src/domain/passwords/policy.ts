// Is this text fit to be a password? Length, and whether it is one that everybody, or anybody who knows its owner,
// would try. No rules of composition and no expiry, ever (SP 800-63B section 3.1.1.2). Hashing is hasher.ts's.
import { type Blocklist, fold } from './blocklist.js'
import { isPattern } from './patterns.js'

/** A password as it is hashed and compared; only `preparePassword` makes one, so that every way in does the same. */
export type PreparedPassword = string & { readonly __prepared: true }

export interface PasswordOwner {
  email?: string | undefined
  username?: string | undefined
  name?: string | undefined
  phone?: string | undefined
}

interface PasswordRules extends PasswordOwner {
  /** Fewest code points. `passwordRules` of settings.ts gives this and the list. */
  min: number
  /** Most code points, where a contract says fewer than 1,024 bytes allow. */
  max?: number | undefined
  /** Absent: neither common passwords nor those made of their owner are refused. */
  blocklist?: Blocklist | undefined
}

type PasswordFault = 'password_too_short' | 'password_too_long' | 'password_too_common'

/** UTF-8 bytes after NFC. */
const longest = 1024
const productWords = ['sallyport']
/** A word with fewer letters says too little about its owner to be refused inside something longer. */
const fewestLetters = 4
const fewestDigits = 6

/** NFC and nothing else: no trimming, no folding. Undefined where the text holds a NUL, which C libraries cut at. */
export function preparePassword(text: string): PreparedPassword | undefined {
  return text.includes('\0') ? undefined : (text.normalize('NFC') as PreparedPassword)
}

/**
 * What is wrong with a new password, as a code of the error catalogue; undefined where nothing is. Refused as common:
 * - what a blocklist holds, in any letter case, and the patterns of patterns.ts;
 * - what equals the owner's address, its local part (with or without +tag), username, name, a part of the name, or
 *   the product's name, in any letter case;
 * - what has exactly the letters of one of these (four or more), whatever else stands around or between them:
 *   `Anna.Smith_1987!` for anna.smith@example.com;
 * - digits without a letter that end the owner's phone number, six or more after leading zeros.
 */
export function checkPassword(password: PreparedPassword, rules: PasswordRules): PasswordFault | undefined {
  const { min, max = longest } = rules
  const length = [...password].length
  if (length < min) return 'password_too_short'
  if (length > max || Buffer.byteLength(password) > longest) return 'password_too_long'
  if (rules.blocklist === undefined) return undefined
  const folded = fold(password)
  const common = rules.blocklist.has(password) || isPattern(folded, rules.blocklist)
  if (common || isOwnersWord(folded, rules) || isOwnersPhone(password, rules.phone))
    return 'password_too_common'
  return undefined
}

function isOwnersWord(folded: string, owner: PasswordOwner): boolean {
  const letters = lettersOf(folded)
  return wordsOf(owner).some((word) => {
    if (word === folded) return true
    return letters === lettersOf(word) && [...letters].length >= fewestLetters
  })
}

function wordsOf({ email = '', username = '', name = '' }: PasswordOwner): string[] {
  const local = email.slice(0, Math.max(0, email.lastIndexOf('@')))
  const [untagged = ''] = local.split('+')
  const words = [...productWords, email, local, untagged, username, name, ...name.split(/\s+/)]
  return words.filter((word) => word !== '').map(fold)
}

/** Letters and their marks alone. */
function lettersOf(text: string): string {
  return text.replace(/[^\p{L}\p{M}]/gu, '')
}

function isOwnersPhone(password: string, phone = ''): boolean {
  const digits = password.replace(/\D/g, '').replace(/^0+/, '')
  if (/\p{L}/u.test(password) || digits.length < fewestDigits) return false
  return phone.replace(/\D/g, '').endsWith(digits)
}
