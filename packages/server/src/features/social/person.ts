// Who a credential of Google is about, in our words. Google says of many addresses that they are verified, and means that
// they once were. Of its own mailboxes and of the domain of an organisation that it hosts it knows who has them today.
import type { Email } from '../../domain/identifiers.js'
import { parseEmail } from '../../domain/identifiers.js'
import type { Credential } from './id-token.js'

export interface Person {
  /** Verified by the provider, at some time; undefined otherwise. */
  readonly email: Email | undefined
  /** Whether the provider knows who has this address today. */
  readonly isAuthoritative: boolean
  /** What goes into a new profile. */
  readonly profile: Readonly<
    Partial<Record<'name' | 'given_name' | 'family_name' | 'picture' | 'locale', string>>
  >
}

const ownDomains = ['gmail.com', 'googlemail.com']

export function personOf({ claims }: Credential): Person {
  const { email: said, email_verified: isVerified, hd } = claims
  // Strictly: "true", 1 and a claim that is missing are no yes.
  const email = isVerified === true && typeof said === 'string' ? parseEmail(said) : undefined
  const domain = email?.normalized.slice(email.normalized.lastIndexOf('@') + 1)
  const hosted = typeof hd === 'string' && hd.toLowerCase() === domain
  return {
    email,
    isAuthoritative: domain !== undefined && (ownDomains.includes(domain) || hosted),
    profile: {
      ...text('name', claims.name, 255),
      ...text('given_name', claims.given_name, 255),
      ...text('family_name', claims.family_name, 255),
      ...text('picture', claims.picture, 2048, /^https:\/\/[^\s/$.?#]\S*$/),
      ...text('locale', claims.locale, 35, /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/),
    },
  }
}

/** A member of the profile, where the claim can be one; what cannot is left out, not mended. */
function text(member: string, value: unknown, longest: number, pattern = /^[^\0\p{Surrogate}]+$/u) {
  if (typeof value !== 'string' || value.length > longest || !pattern.test(value)) return {}
  return { [member]: value }
}
