// Whose request it was, as a framework's middleware found it. Kept beside the request, not on it: nothing that a client
// sends can be taken for it, and no other middleware can overwrite it.
import type { AuthContext } from './service/auth.js'

export interface Bearers<Request extends object> {
  set(request: Request, auth: AuthContext): void
  /** Undefined where no token was sent, which only `optional` lets pass. */
  findAuth(request: Request): AuthContext | undefined
  /** Throws Error where there is none: a route that needs somebody stands outside the middleware, or it is optional. */
  getAuth(request: Request): AuthContext
}

export function createBearers<Request extends object>(): Bearers<Request> {
  const known = new WeakMap<Request, AuthContext>()
  return {
    set: (request, auth) => void known.set(request, auth),
    findAuth: (request) => known.get(request),
    getAuth: (request) => {
      const auth = known.get(request)
      if (auth === undefined)
        throw new Error('getAuth: nobody was verified for this request; findAuth says undefined instead')
      return auth
    },
  }
}
