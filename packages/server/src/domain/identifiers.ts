// What people sign in by, in the one spelling that is compared, counted and kept unique. Refusals name the member.
// Mailboxes are strict on purpose: an address that two programs could read as two mailboxes is no address here.
import { domainToASCII, domainToUnicode } from 'node:url'
import { type Contract, fail } from '@sallyport/protocol'
import { boolean, list, type Settings } from '../util/setting.js'
import type { UserRow } from './tables.js'

export const identifiers = list('signup.identifiers', ['email', 'username'], {
  doc: 'What an account may be signed up and logged in with; phone needs `phone.countries`.',
  expected: 'a list of email, username and phone',
  test: (item) => ['email', 'username', 'phone'].includes(item),
})

export const signupOpen = boolean('signup.open', true, { doc: 'Whether strangers may make accounts.' })

export const requireVerified = boolean('signup.require_verified', false, {
  doc: 'Whether an account with an email address can be used only once the address is proven; then no answer tells whether an address is known.',
})

/** Whether an account with an address can be used only once that is proven: the contract's own rule, else the setting. */
export const provesFirst = (settings: Settings, { confirm }: Pick<Contract, 'confirm'>): boolean =>
  confirm === undefined ? settings.get(requireVerified) : confirm === 'email'

/** Whether a user waits for the proof of their address before anything else, on this contract. */
export const isHeld = (
  settings: Settings,
  contract: Pick<Contract, 'confirm'>,
  user: Pick<UserRow, 'email' | 'email_verified'>,
): boolean => user.email !== null && !user.email_verified && provesFirst(settings, contract)

/** What accounts are known by on a contract: its own choice, else the setting. */
export function identifierKinds(settings: Settings, contract: Contract): readonly string[] {
  return contract.identifiers ?? settings.get(identifiers)
}

export interface Email {
  /** As it is shown and mailed to. */
  readonly address: string
  readonly normalized: string
}

const local = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u
/** What a domain is written with before IDNA: a URL parser would drop or decode whatever else stands there. */
const host = /^[\p{L}\p{M}\p{N}.\u3002-]+$/u
/** Labels as DNS knows them; a last label of digits would make it an IP address. */
const domain =
  /^(?=.{1,253}$)(?!.*\.\d+$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/** Exactly one mailbox (RFC 5321 without quoting), or undefined. Compared without letter case, the domain in IDNA form. */
export function parseEmail(input: string): Email | undefined {
  const text = input.trim().normalize('NFKC')
  const at = text.indexOf('@')
  if (at < 1 || at !== text.lastIndexOf('@')) return undefined
  const name = text.slice(0, at)
  if (!local.test(name) || Buffer.byteLength(name) > 64 || !host.test(text.slice(at + 1))) return undefined
  const ascii = domainToASCII(text.slice(at + 1)).toLowerCase()
  const normalized = `${name.toLowerCase()}@${ascii}`
  // Node 24 lets labels pass that claim to be IDNA and decode to nothing.
  if (/(^|\.)xn--/i.test(domainToUnicode(ascii))) return undefined
  if (!domain.test(ascii) || Buffer.byteLength(normalized) > 254) return undefined
  return { address: `${name}@${ascii}`, normalized }
}

export interface Username {
  readonly name: string
  readonly normalized: string
}

const shape = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}._-]*[\p{L}\p{M}\p{N}])?$/u
/** Scripts of which one name may use one (Japanese and Korean each mix a known set). */
const scripts = [
  /^[\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]*$/u,
  /^[\p{Script=Cyrillic}\p{Script=Common}\p{Script=Inherited}]*$/u,
  /^[\p{Script=Greek}\p{Script=Common}\p{Script=Inherited}]*$/u,
  /^[\p{Script=Hangul}\p{Script=Han}\p{Script=Common}\p{Script=Inherited}]*$/u,
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Common}\p{Script=Inherited}]*$/u,
  /^[\p{Script=Arabic}\p{Script=Common}\p{Script=Inherited}]*$/u,
  /^[\p{Script=Hebrew}\p{Script=Common}\p{Script=Inherited}]*$/u,
  /^[\p{Script=Devanagari}\p{Script=Common}\p{Script=Inherited}]*$/u,
  /^[\p{Script=Thai}\p{Script=Common}\p{Script=Inherited}]*$/u,
  /^[\p{Script=Armenian}\p{Script=Common}\p{Script=Inherited}]*$/u,
  /^[\p{Script=Georgian}\p{Script=Common}\p{Script=Inherited}]*$/u,
]
const reserved = new Set(
  'admin administrator root system sallyport support security help info postmaster hostmaster webmaster abuse noreply no-reply me self null undefined anonymous guest owner moderator staff'.split(
    ' ',
  ),
)

/** What a contract says of names. */
export type Naming = Pick<Contract, 'usernames' | 'identifiers'>

/** Whether a name may hold an @: where nothing that is typed can be an address. */
export const isNameAlone = ({ usernames, identifiers }: Naming): boolean =>
  usernames === 'exact' && identifiers?.length === 1 && identifiers[0] === 'username'

/** A name as it is, compared as it is: for contracts whose clients know their users by such names. */
function parseExactName(input: string, contract: Naming): Username | undefined {
  const name = input.normalize('NFC')
  const length = [...name].length
  if (length < 1 || length > 255 || /\p{Cc}/u.test(name)) return undefined
  if (name.normalize('NFKC').includes('@') && !isNameAlone(contract)) return undefined
  return { name, normalized: name }
}

/**
 * A username of one script without look-alike tricks, or undefined. Compared after NFKC and without letter case. Where
 * the contract says `exact`, any name without control characters, compared in NFC.
 */
export function parseUsername(input: string, contract?: Naming): Username | undefined {
  if (contract?.usernames === 'exact') return parseExactName(input, contract)
  const name = input.trim().normalize('NFC')
  const normalized = name.normalize('NFKC').toLowerCase()
  const good = shape.test(name) && shape.test(normalized) && [...name].length <= 64
  if (!good || reserved.has(normalized) || !scripts.some((script) => script.test(normalized)))
    return undefined
  return { name, normalized }
}

/** The email of a member of the input. Throws `invalid_request` naming the member. */
export function requireEmail(input: string, member: string): Email {
  const email = parseEmail(input)
  if (email) return email
  throw invalid(member, 'must be one email address such as ada@example.com')
}

/** The username of a member of the input. Throws `invalid_request` naming the member. */
export function requireUsername(input: string, member: string, contract: Naming): Username {
  const username = parseUsername(input, contract)
  if (username) return username
  if (contract.usernames === 'exact')
    throw invalid(
      member,
      `must be 1 to 255 characters, no control characters${isNameAlone(contract) ? '' : ' and no @'}`,
    )
  throw invalid(
    member,
    'must be 1 to 64 letters or digits of one script, with . _ - between them, and no reserved word',
  )
}

export function invalid(member: string, detail: string) {
  return fail('invalid_request', { fields: [{ path: [member], code: 'invalid', detail }] })
}

const MOST_METADATA = 16 * 1024

/** Throws `invalid_request` where what is kept with a user is larger than 16 KiB. */
export function checkMetadata(metadata: unknown, member = 'metadata'): void {
  if (metadata != null && Buffer.byteLength(JSON.stringify(metadata)) > MOST_METADATA)
    throw invalid(member, 'must be at most 16 KiB as JSON')
}
