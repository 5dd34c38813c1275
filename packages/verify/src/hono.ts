// Hono 4, wherever it runs.
import { createBearers } from './bearers.js'
import { createGate } from './middleware.js'
import type { AuthContext } from './service/auth.js'
import type { FetchRequest } from './service/credentials.js'
import { assertGuard, type Guard } from './service/guards.js'
import type { Settings } from './service/settings.js'
import type { Verifier } from './service/verifier.js'

export interface HonoSettings extends Settings {
  /** Lets requests without a token pass, as nobody's; one that is wrong is refused all the same. */
  readonly optional?: boolean
}

interface HonoContextLike {
  readonly req: { readonly raw: FetchRequest }
}

export type HonoHandler = (
  context: HonoContextLike,
  next: () => Promise<void>,
) => Promise<Response | undefined>

const bearers = createBearers<HonoContextLike>()
/** Whose request it is. Throws Error where nobody was verified. */
export const getAuth: (request: HonoContextLike) => AuthContext = bearers.getAuth
/** The same; undefined where no token was sent, which only `optional` lets pass. */
export const findAuth: (request: HonoContextLike) => AuthContext | undefined = bearers.findAuth

/** Middleware that lets pass whoever brings a good token. `verifier` is its verifier, to be closed at the end. */
export function sallyport(settings: HonoSettings): HonoHandler & { readonly verifier: Verifier } {
  const { verifier, optional } = createGate(settings)
  const handler: HonoHandler = async (context, next) => {
    const answer = await verifier(context.req.raw)
    if (!answer.ok && !(answer.reason === 'missing' && optional)) return answer.response()
    bearers.set(context, verifier, answer.ok ? answer.auth : undefined)
    await next()
    return undefined
  }
  return Object.assign(handler, { verifier })
}

/** Middleware for a route behind `sallyport`: only whoever the guard lets pass. */
export function requireAuth(guard: Guard = {}): HonoHandler {
  assertGuard('requireAuth', guard)
  return async (context, next) => {
    const verifier = bearers.findVerifier(context)
    if (verifier === undefined) throw new Error('requireAuth: sallyport() must stand before it')
    const auth = findAuth(context)
    if (auth === undefined) {
      const answer = await verifier(context.req.raw, guard)
      if (!answer.ok) return answer.response()
    } else {
      const problem = verifier.check(auth, guard)
      if (problem) return problem.response()
    }
    await next()
    return undefined
  }
}
