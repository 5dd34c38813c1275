// What HTTP needs from the rest of the server, and all it knows of it: contracts to serve, operations that exist, who
// is calling, how much is allowed, and the doing itself. The composition root hands one in.
import type { Contract, Operation, Pages } from '@sallyport/protocol'
import type { Admitted, Caller, Credential, Gate, Log, Observed, RequestFacts } from '../domain/context.js'

/** How a session gets to hosts that see no cookie of this server; see domain/gate-hand-over.ts. */
export interface Elsewhere {
  /** An address as `/.sallyport/start` takes it, and back; undefined where it is none of ours, or over. */
  startTicket(address: string): string
  openStart(ticket: string): string | undefined
  /** What a browser that begins keeps, its own where it has it, and the ticket that the sign-in page takes. */
  begin(kept: string | undefined, address: string): { kept: string; rt: string }
  /**
   * What a session is traded for on the way: by the ticket that the sign-in page made for the browser with this cookie.
   * Undefined where nobody is signed in, `refused` where the ticket is none.
   */
  enter(
    rt: string,
    returnCookie: string | undefined,
    pageToken: string | undefined,
  ): Promise<{ origin: string; code: string; rt: string } | 'refused' | undefined>
  /** The value of a gate cookie for this host, the seconds it is kept, and where to go. Undefined for a code that is none. */
  trade(
    said: Record<'code' | 'rt' | 'kept', string>,
    place: Record<'origin' | 'host', string>,
  ): Promise<{ value: string; seconds: number; address: string } | undefined>
}

/** What the gate for gateways stands on. */
export interface GateKeeping {
  /** Hosts that a visitor is led back to after signing in, in lower case: exact, or `*.` and a domain. */
  readonly hosts: readonly string[]
  /** The domain whose hosts all see the gate's cookie. */
  readonly cookieDomain: string | undefined
  /** Whether a question of CORS passes though it carries nothing that says who asks. */
  readonly preflight: 'refuse' | 'pass'
  admit: Gate['admit']
  /** Who it is, signed for an application on this host; absent where applications get no such thing. */
  assert?: ((admitted: Admitted, host: string) => string) | undefined
  readonly elsewhere: Elsewhere
  /** An address as the sign-in page takes it to lead there afterwards. */
  ticketTo(address: string): string
  /** What the gate's cookie holds beside a cookie of the pages. */
  cookieFor(pageToken: string): string | undefined
}

export interface Door {
  /** The first is the one whose words are used where no path tells. */
  readonly contracts: readonly Contract[]
  /** Those that have an implementation; a route of another known operation is not served. */
  readonly operations: ReadonlyMap<string, Operation>
  readonly development: boolean
  readonly issuer: string
  /** Exact origins besides the issuer's own. */
  readonly origins: readonly string[]
  /** Addresses or CIDR ranges. */
  readonly trustedProxies: readonly string[]
  /** False on plain-http localhost: neither Secure nor name prefixes. */
  readonly secureCookies: boolean
  /** Who is calling, by every credential that was found, the one that counts first. Throws Failure. */
  authenticate(
    operation: Operation,
    credentials: readonly Credential[],
    facts: RequestFacts,
  ): Caller | Promise<Caller>
  /** Counts against the address's limit of an operation that has one. Throws Failure `too_many_requests`. */
  limit(operation: Operation, from: { readonly ip: string }): void | Promise<void>
  /** Runs the operation. Throws Failure for everything expected; anything else is answered as `internal`. */
  call(operation: Operation, caller: Caller, input: unknown): Promise<unknown>
  /** Milliseconds since 1970. */
  now(): number
  /** One line a request. */
  readonly log: Log
  /** Hears of every answer. On the path of each request: it may cost next to nothing. */
  observe?(seen: Observed): void
  /** What `/metrics` answers, where the main port has it. */
  metrics?(): Promise<string>
  /** The hosted pages, where they are served. */
  readonly pages?: Pages
  /** The address that a ticket of the sign-in page leads to, in the browser with this cookie; undefined for any other. */
  returnAddress?(ticket: string, returnCookie: string): string | undefined
  /** Who is visiting a page, by its cookie; for an operation that a form says. Throws Failure. */
  visit?(operation: Operation, token: string | undefined, facts: RequestFacts): Promise<Caller>
  readonly gate?: GateKeeping
  /** Whether `/docs` and `/openapi.json` are served. */
  readonly docs: boolean
}
