// Who passed the gate, in a form that an application can check: a JWT for one host and one minute, signed with the key
// that signs access tokens. It is no access token: its `typ` and its audience are others. Whoever passes again within half
// a minute is told in the same words, so that the gate's path signs next to nothing.
import { assertionType } from '@sallyport/protocol'
import type { Context } from './context.js'
import type { Person } from './people.js'
import { signAccessToken } from './tokens/access.js'
import type { Admitted } from './visits.js'

/** Milliseconds that it counts, and how many of them are left at least when it is handed out. */
const LIFETIME = 60_000
const LEAST = 30_000
/** Hosts and sessions of one person. */
const MOST = 64

interface Signed {
  readonly token: string
  readonly kid: string
  readonly authTime: number
  /** Milliseconds since 1970. */
  readonly at: number
}

/** Signs who was admitted for an application on a host. */
export type Assert = (admitted: Admitted, host: string) => string

type Parts = Pick<Context, 'keys' | 'clock' | 'issuer'>

/** Whoever changes is another person to the gate (people.ts), so what was signed of the one before is never said again. */
export function createAssertions({ keys, clock, issuer }: Parts): Assert {
  const known = new WeakMap<Person, Map<string, Signed>>()
  return (admitted, host) => {
    const { person, sessionId, authTime } = admitted
    const ofPerson = known.get(person) ?? new Map<string, Signed>()
    const name = `${sessionId} ${host}`
    const key = keys.active({ type: assertionType })
    const at = clock.now()
    const signed = ofPerson.get(name)
    const isGood = signed?.kid === key.kid && signed.authTime === authTime
    if (isGood && at >= signed.at && at < signed.at + LIFETIME - LEAST) return signed.token
    const token = signAccessToken(key, claimsOf(admitted, issuer, host, at))
    if (ofPerson.size >= MOST) ofPerson.clear()
    known.set(person, ofPerson.set(name, { token, kid: key.kid, authTime, at }))
    return token
  }
}

function claimsOf({ person, sessionId, authTime, amr }: Admitted, iss: string, aud: string, at: number) {
  const iat = Math.floor(at / 1000)
  return {
    ...{ iss, aud, sub: person.id, iat, exp: iat + LIFETIME / 1000 },
    ...(sessionId !== '' && { sid: sessionId }),
    ...{ auth_time: Math.floor(authTime / 1000), amr, roles: person.roles },
    ...(person.isProven && { email: person.email, email_verified: true }),
    ...(person.name !== '' && { name: person.name }),
    ...(person.username !== '' && { preferred_username: person.username }),
  }
}
