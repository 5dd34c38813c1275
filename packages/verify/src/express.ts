// Express 4 and 5, and whatever else hands on `(request, response, next)`.
import { createBearers } from './bearers.js'
import { createGate } from './middleware.js'
import type { AuthContext } from './service/auth.js'
import type { NodeRequest } from './service/credentials.js'
import { assertGuard, type Guard } from './service/guards.js'
import type { NodeResponse } from './service/refusal.js'
import type { Settings } from './service/settings.js'
import type { Verifier } from './service/verifier.js'

export interface ExpressSettings extends Settings {
  /** Lets requests without a token pass, as nobody's; one that is wrong is refused all the same. */
  readonly optional?: boolean
}

export type ExpressHandler = (
  request: NodeRequest,
  response: NodeResponse,
  next: (error?: unknown) => void,
) => void

const bearers = createBearers<NodeRequest>()
/** Whose request it is. Throws Error where nobody was verified. */
export const getAuth: (request: NodeRequest) => AuthContext = bearers.getAuth
/** The same; undefined where no token was sent, which only `optional` lets pass. */
export const findAuth: (request: NodeRequest) => AuthContext | undefined = bearers.findAuth

/** Middleware that lets pass whoever brings a good token. `verifier` is its verifier, to be closed at the end. */
export function sallyport(settings: ExpressSettings): ExpressHandler & { readonly verifier: Verifier } {
  const { verifier, optional } = createGate(settings)
  const handler: ExpressHandler = (request, response, next) => {
    verifier(request)
      .then((answer) => {
        if (!answer.ok && !(answer.reason === 'missing' && optional)) return answer.send(response)
        bearers.set(request, verifier, answer.ok ? answer.auth : undefined)
        next()
      })
      // Of what is thrown above as well: nobody else would hear of it but the process, which ends by it.
      .catch(next)
  }
  return Object.assign(handler, { verifier })
}

/** Middleware for a route behind `sallyport`: only whoever the guard lets pass. */
export function requireAuth(guard: Guard = {}): ExpressHandler {
  assertGuard('requireAuth', guard)
  return (request, response, next) => {
    const verifier = bearers.findVerifier(request)
    if (verifier === undefined) {
      next(new Error('requireAuth: sallyport() must stand before it'))
      return
    }
    const auth = findAuth(request)
    if (auth === undefined) {
      // Nobody's request, which only `optional` has let this far: the verifier says how to say no.
      verifier(request, guard)
        .then((answer) => (answer.ok ? next() : answer.send(response)))
        .catch(next)
      return
    }
    const problem = verifier.check(auth, guard)
    if (problem) problem.send(response)
    else next()
  }
}
