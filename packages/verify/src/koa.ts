// Koa 2 and 3.
import { createBearers } from './bearers.js'
import { createGate } from './middleware.js'
import type { AuthContext } from './service/auth.js'
import type { NodeRequest } from './service/credentials.js'
import { assertGuard, type Guard } from './service/guards.js'
import type { Refusal } from './service/refusal.js'
import type { Settings } from './service/settings.js'
import type { Verifier } from './service/verifier.js'

export interface KoaSettings extends Settings {
  /** Lets requests without a token pass, as nobody's; one that is wrong is refused all the same. */
  readonly optional?: boolean
}

interface KoaContextLike {
  readonly req: NodeRequest
  status: number
  body: unknown
  set(values: Record<string, string>): void
}

export type KoaHandler = (context: KoaContextLike, next: () => Promise<unknown>) => Promise<void>

const bearers = createBearers<object>()
/** Whose request it is. Throws Error where nobody was verified. */
export const getAuth: (request: object) => AuthContext = bearers.getAuth
/** The same; undefined where no token was sent, which only `optional` lets pass. */
export const findAuth: (request: object) => AuthContext | undefined = bearers.findAuth

/** Middleware that lets pass whoever brings a good token. `verifier` is its verifier, to be closed at the end. */
export function sallyport(settings: KoaSettings): KoaHandler & { readonly verifier: Verifier } {
  const { verifier, optional } = createGate(settings)
  const handler: KoaHandler = async (context, next) => {
    const answer = await verifier(context.req)
    if (!answer.ok && !(answer.reason === 'missing' && optional)) {
      refuse(context, answer)
      return
    }
    bearers.set(context, verifier, answer.ok ? answer.auth : undefined)
    await next()
  }
  return Object.assign(handler, { verifier })
}

/** Middleware for a route behind `sallyport`: only whoever the guard lets pass. */
export function requireAuth(guard: Guard = {}): KoaHandler {
  assertGuard('requireAuth', guard)
  return async (context, next) => {
    const verifier = bearers.findVerifier(context)
    if (verifier === undefined) throw new Error('requireAuth: sallyport() must stand before it')
    const auth = findAuth(context)
    const answer = auth === undefined ? await verifier(context.req, guard) : verifier.check(auth, guard)
    if (answer !== undefined && !answer.ok) refuse(context, answer)
    else await next()
  }
}

function refuse(context: KoaContextLike, { status, headers, body }: Refusal): void {
  context.status = status
  context.body = JSON.stringify(body)
  // After the body, which would name a type of its own.
  context.set({ ...headers })
}
