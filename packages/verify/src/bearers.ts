// Whose request it was, and who said so, as a framework's middleware found it. It stands on the request under a symbol
// that is nobody else's: nothing that a client sends can be taken for it, and no other middleware can overwrite it.
// A WeakMap would keep it from view just as well, and costs a busy service more to collect than the whole verdict.
import type { AuthContext } from './service/auth.js'
import type { Verifier } from './service/verifier.js'

export interface Bearers<Request extends object> {
  /** `auth` is undefined where no token was sent, which only `optional` lets pass: what was found before stays. */
  set(request: Request, verifier: Verifier, auth: AuthContext | undefined): void
  /** Who judged the request last. */
  findVerifier(request: Request): Verifier | undefined
  /** Undefined where no token was sent. */
  findAuth(request: Request): AuthContext | undefined
  /** Throws Error where there is none: a route that needs somebody stands outside the middleware, or it is optional. */
  getAuth(request: Request): AuthContext
}

interface Found {
  readonly verifier: Verifier
  readonly auth: AuthContext | undefined
}

export function createBearers<Request extends object>(): Bearers<Request> {
  const place = Symbol('sallyport')
  const found = (request: Request) => (request as { [place]?: Found })[place]
  return {
    set: (request, verifier, auth = found(request)?.auth) => {
      // Not to be seen by whoever prints or copies the request: it holds the token.
      Object.defineProperty(request, place, { value: { verifier, auth }, configurable: true })
    },
    findVerifier: (request) => found(request)?.verifier,
    findAuth: (request) => found(request)?.auth,
    getAuth: (request) => {
      const auth = found(request)?.auth
      if (auth === undefined)
        throw new Error('getAuth: nobody was verified for this request; findAuth says undefined instead')
      return auth
    },
  }
}
