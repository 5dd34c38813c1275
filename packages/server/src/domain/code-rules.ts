// How long codes and links are good, and what a code looks like: as we say, or as the contract says by which somebody
// asked. Making and redeeming them is codes.ts's.
import { randomInt } from 'node:crypto'
import type { Contract, MailRule } from '@sallyport/protocol'

/** What a code or link is good for. A value of one purpose is nothing at the door of another. */
export type Purpose =
  | 'verify_email'
  | 'change_email'
  | 'undo_email'
  | 'reset_password'
  | 'set_password'
  | 'login'
  | 'verify_phone'

const MINUTE = 60_000

/** How long each can be redeemed where no contract says otherwise. Milliseconds. */
export const goodFor: Readonly<Record<Purpose, number>> = {
  verify_email: 10 * MINUTE,
  change_email: 10 * MINUTE,
  undo_email: 7 * 24 * 60 * MINUTE,
  reset_password: 30 * MINUTE,
  set_password: 30 * MINUTE,
  login: 10 * MINUTE,
  verify_phone: 10 * MINUTE,
}

/** The part of a contract that has a say. */
export type MailingContract = Pick<Contract, 'mail'>

/** What a contract says of the messages of a purpose. */
export const mailRule = (contract: MailingContract | undefined, purpose: Purpose) =>
  purpose === 'verify_email' || purpose === 'reset_password' ? contract?.mail?.[purpose] : undefined

/** Milliseconds that a link and the code beside it can be redeemed; the code no longer than the link. */
export function lifeOf(purpose: Purpose, contract?: MailingContract): { link: number; code: number } {
  const { link, code }: Partial<MailRule> =
    (purpose === 'verify_phone' ? contract?.mail?.verify_phone : mailRule(contract, purpose)) ?? {}
  const ofLink = link === undefined ? goodFor[purpose] : link * MINUTE
  return { link: ofLink, code: code === undefined ? ofLink : Math.min(code * MINUTE, ofLink) }
}

/** Six digits from the system's generator, each as likely as any other. */
export const drawDigits = (): string => String(randomInt(1_000_000)).padStart(6, '0')

/** None of them looks like another: no B, I, L, O, S, U, Z, and no 0, 1, 2, 5, 8. */
const alphabet = 'ACDEFGHJKMNPQRTVWXY34679'

/** Eight of these: 36 bits. */
export const drawLetters = (): string =>
  Array.from({ length: 8 }, () => alphabet[randomInt(alphabet.length)]).join('')

/** A new code of a purpose, as the contract writes them. */
export function drawCode(purpose: Purpose, contract?: MailingContract): string {
  const isLettered = mailRule(contract, purpose) !== undefined && contract?.mail?.codes === 'letters'
  return isLettered ? drawLetters() : drawDigits()
}

/** A code as it is compared, however it was typed. */
export const readCode = (typed: string): string => typed.normalize('NFKC').replace(/[\s-]/g, '').toUpperCase()
