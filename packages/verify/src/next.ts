// Next: route handlers, in Node and at the edge. The handler is the boundary; the middleware only shows people the way.
import type { AuthContext } from './service/auth.js'
import type { FetchRequest } from './service/credentials.js'
import { assertGuard, type Guard } from './service/guards.js'
import type { Settings } from './service/settings.js'
import { createVerifier, type Verifier } from './service/verifier.js'

/** Answers a request of somebody who was verified; `rest` is what Next hands on, such as `params`. */
export type AuthHandler<R extends FetchRequest, Rest extends unknown[]> = (
  request: R,
  auth: AuthContext,
  ...rest: Rest
) => Response | Promise<Response>

export interface NextSallyport {
  /** A route handler that runs only for whoever brings a good token and whom the guard lets pass. */
  withAuth<R extends FetchRequest, Rest extends unknown[]>(
    guard: Guard,
    handler: AuthHandler<R, Rest>,
  ): (request: R, ...rest: Rest) => Promise<Response>
  /**
   * A `middleware` (`proxy` from Next 16) that sends whoever has no good token to the sign-in page, and back afterwards.
   * It is a convenience, never the guard. Needs `cookie`: navigations carry no Authorization header.
   */
  redirectMiddleware(request: FetchRequest & { readonly url: string }): Promise<Response | undefined>
  readonly verifier: Verifier
}

/** One verifier for all handlers; make it once, in a module of its own. */
export function sallyport(settings: Settings): NextSallyport {
  const verifier = createVerifier(settings)
  return {
    withAuth: (guard, handler) => {
      assertGuard('withAuth', guard)
      return async (request, ...rest) => {
        const answer = await verifier(request, guard)
        return answer.ok ? handler(request, answer.auth, ...rest) : answer.response()
      }
    },
    redirectMiddleware: async (request) => {
      const answer = await verifier(request)
      // A server that cannot be reached is no reason to send people away: the handler says what is wrong.
      if (answer.ok || answer.status !== 401) return undefined
      const signIn = new URL(`${settings.issuer.replace(/\/$/, '')}/sign-in`)
      signIn.searchParams.set('return_to', request.url)
      // A token that is refused here may be good there: without a person's word that would lead back and forth for ever.
      if (answer.reason !== 'missing') signIn.searchParams.set('prompt', 'login')
      return Response.redirect(signIn, 303)
    },
    verifier,
  }
}
