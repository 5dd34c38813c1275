// What a hosted page is asked and what it answers. The pages say operations by forms; who the visitor is, where the
// bytes come from and what travels in cookies is http's. Pure types.
import type { Operation } from './operation.js'

/** One visit of a page: a form that was sent, or a look. */
export interface PageRequest {
  readonly method: 'GET' | 'POST'
  /** As the route says it, and as it was asked for. */
  readonly route: string
  readonly path: string
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  /** What a form sent; empty for a look. */
  readonly form: Readonly<Record<string, string>>
  /** The header Accept-Language. */
  readonly acceptLanguage: string
  readonly requestId: string
  /** Whether the browser sent a page cookie, be it good or not. */
  readonly hasSession: boolean
  /** The path that makes the browser's access cookie anew and leads on by `?rt=`; undefined where that cookie is good. */
  renewal(): Promise<string | undefined>
  /** A cookie of the pages' own, by its name without prefix. */
  cookie(name: PageCookie): string | undefined
  /**
   * Runs an operation for whoever the page cookie speaks for, under the limits and with the audit that it has on every
   * wire. A way in signs the browser in, log-out signs it out; no token is in what comes back. Throws Failure.
   */
  call<I, O>(operation: Operation<I, O>, input: I): Promise<O>
}

/**
 * Cookies of the pages that hold no session: which language was chosen, what ties a form and what ties the way back to
 * its browser, and what a message was sent for to whoever sits before it.
 */
export type PageCookie = 'language' | 'form' | 'return' | 'flow'

export interface PageAnswer {
  readonly status: number
  readonly html?: string
  /** A file to be kept, in place of a page. */
  readonly file?: { readonly name: string; readonly contentType: string; readonly body: string }
  /** Goes there with GET (303). */
  readonly location?: string
  /** Kept for so many seconds; without `seconds`, until the browser closes; no value takes it away. */
  readonly cookies?: readonly {
    readonly name: PageCookie
    readonly value?: string
    readonly seconds?: number
  }[]
  /** Origins besides our own to which a form of this page may lead in the end. */
  readonly leadsTo?: readonly string[]
  /** The address holds a secret: not even our own pages are told it as a referrer. */
  readonly secretAddress?: true
  /** Seconds. */
  readonly retryAfter?: number
  /** What the page shows as refused, for the log. */
  readonly refused?: { readonly code: string; readonly cause?: unknown }
}

export interface PageRoute {
  readonly method: 'GET' | 'POST'
  readonly path: string
}

/** A file of the pages: style, script, logo. Its name changes with its content, so it may be kept for ever. */
export interface PageFile {
  readonly contentType: string
  readonly body: string | Uint8Array
}

/** The hosted pages, as http serves them. */
export interface Pages {
  readonly routes: readonly PageRoute[]
  answer(request: PageRequest): Promise<PageAnswer>
  /** Something that no page foresaw, said as a page. `code` is of the catalogue. */
  fault(
    request: Pick<PageRequest, 'acceptLanguage' | 'cookie' | 'requestId'>,
    fault: { readonly code: string; readonly status: number; readonly retryAfter?: number },
  ): Promise<PageAnswer>
  /** Where files are found, with `:file` in it. */
  readonly filesAt: string
  file(name: string): Promise<PageFile | undefined>
}
