// Shapes that several operations share. Names are OpenID Connect claims; times are milliseconds since 1970 here, and
// a contract writes them its own way.
import { flag, integer, list, object, oneOf, record, type Static, text } from '../schema.js'

/** A member of the profile that people write themselves. */
export const profileFields = {
  name: text({ maxLength: 255 }),
  given_name: text({ maxLength: 255 }),
  family_name: text({ maxLength: 255 }),
  picture: text({ maxLength: 2048, pattern: '^https://[^\\s/$.?#][^\\s]*$', description: 'An https link.' }),
  locale: text({
    maxLength: 35,
    pattern: '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$',
    description: 'A BCP 47 language tag.',
  }),
  zoneinfo: text({
    maxLength: 64,
    pattern: '^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$',
    description: 'An IANA time zone name.',
  }),
  metadata: record('Anything the application keeps with the user, at most 16 KiB as JSON.'),
}

export const user = object(
  {
    id: text({ format: 'uuid' }),
    email_verified: flag(),
    phone_number_verified: flag(),
    roles: list(text()),
    status: oneOf('active', 'disabled', 'deleted'),
    created_at: integer(),
    updated_at: integer(),
  },
  {
    email: text({ format: 'email' }),
    phone_number: text(),
    preferred_username: text(),
    last_login_at: integer(),
    has_password: flag(),
    /** A whole number of their own, where a contract knows its users by one; 24 hexadecimal digits for others. */
    number: integer(),
    object_id: text(),
    /** Where the account was made by signing in with somebody else's: `google`. */
    provider: text(),
    app_metadata: record('Written by administrators.'),
    ...profileFields,
  },
)
export type User = Static<typeof user>

/** What of a user anybody may see. */
export const publicUser = object(
  { id: text({ format: 'uuid' }), created_at: integer() },
  { number: integer(), object_id: text(), name: text() },
)

/**
 * How tokens travel: in the body, in cookies, the refresh token in a cookie and the access token in the body, or both in
 * both.
 */
export const transport = oneOf('body', 'cookie', 'split', 'both')
export type Transport = Static<typeof transport>

/** What every way in, and a refresh, answers. Durations are milliseconds. */
export const tokens = object(
  {
    access_token: text(),
    access_expires_in: integer(),
    session_id: text({ format: 'uuid' }),
    transport,
    user,
  },
  {
    refresh_token: text(),
    refresh_expires_in: integer(),
    device_token: text(),
    device_expires_in: integer(),
    /** For the cookie of the hosted pages; no body ever shows it. */
    page_token: text(),
    page_expires_in: integer(),
    /** Of a sign-up: shows later, beside the code or link, that it is this client that signed up. */
    ticket: text(),
  },
)
export type Tokens = Static<typeof tokens>

export const session = object(
  {
    id: text({ format: 'uuid' }),
    current: flag(),
    created_at: integer(),
    last_seen_at: integer(),
    expires_at: integer(),
    amr: list(text()),
  },
  { user_agent: text(), ip: text() },
)

export const deviceToken = text({
  maxLength: 256,
  description:
    'What an earlier log-in on this device gave as `device_token`. It opens nothing: wrong passwords of a known device are counted on their own.',
})

export const password = text({
  minLength: 1,
  description: 'NFC-normalised; at most 1,024 bytes in UTF-8.',
})

/** Longer than any of them is, so that one in the place of another is wrong and not malformed. */
const proof = { minLength: 1, maxLength: 128 }
export const emailAddress = text({ maxLength: 320 })
export const phoneNumber = text({
  maxLength: 64,
  description: 'International, such as +82 10 1234 5678, or national where `phone.default_country` is set.',
})
export const sentCode = text({ ...proof, description: 'The six digits of a message.' })
export const linkToken = text({ ...proof, description: 'The token of a link in a message.' })
export const ticket = text(proof)

const asked = {
  expires_in: integer({ description: 'How long what was sent is good for.' }),
  resend_after: integer({ description: 'When asking again can bring another message.' }),
}
/** What a request for a message answers, whoever it is for. Durations are milliseconds. */
export const messageAsked = object(asked)
export type MessageAsked = Static<typeof messageAsked>

/** The same with the ticket by which whoever asked is known again. */
export const ticketedMessage = object({ ...asked, ticket })
export type TicketedMessage = Static<typeof ticketedMessage>

/** A sign-up whose address has to be proven first. */
export const verifyFirst = object({ next: oneOf('verify_email'), email: text(), ...asked, ticket })
export type VerifyFirst = Static<typeof verifyFirst>

/** The address is proven, and nothing is left of what was set before: what comes next is a new password. */
export const setPassword = object({
  next: oneOf('set_password'),
  ticket: text({ description: 'For `password.reset`.' }),
  expires_in: integer(),
})
export type SetPassword = Static<typeof setPassword>
