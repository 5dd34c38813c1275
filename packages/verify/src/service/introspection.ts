// Asking the issuer about each token (RFC 7662), for services that would rather wait than be wrong for a moment. Nothing
// is remembered; questions about one token that come while it is being asked about share the answer.
import { wordsOf } from './failures.js'
import { fetchJson } from './fetched.js'
import type { Known } from './settings.js'

/** Whether a token that is good by itself is active; `unknown` where the issuer does not say. */
export type Introspection = (token: string) => Promise<'active' | 'ended' | 'unknown'>

const most = 16_384

export function createIntrospection(known: Known): Introspection {
  const asked = new Map<string, ReturnType<Introspection>>()
  let failing = false
  const ask: Introspection = async (token) => {
    try {
      const answer = await fetchJson(known, '/v1/introspect', most, {
        method: 'POST',
        headers: { authorization: `Bearer ${known.verifierKey}` },
        body: new URLSearchParams({ token }),
      })
      failing = false
      return (answer as { active?: unknown } | null)?.active === true ? 'active' : 'ended'
    } catch (error) {
      if (!failing) known.log(`the issuer could not be asked about tokens: ${wordsOf(error)}`)
      failing = true
      return 'unknown'
    }
  }
  return (token) => {
    const flight = asked.get(token) ?? ask(token).finally(() => asked.delete(token))
    asked.set(token, flight)
    return flight
  }
}
