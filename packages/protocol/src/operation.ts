// What an operation is: its name, who may call it, what goes in and comes out, which errors it may give, what limits
// it, and whether it changes anything. Everything that http enforces in one place is a field here. The doing lives in
// the server's features; the wire lives in contracts.
import type { ErrorCode } from './errors.js'
import type { Schema } from './schema.js'

/**
 * Who may call.
 * - `anyone`: no credential is looked at.
 * - `access`: a live access token.
 * - `recent`: and the user proved who they are a short while ago, see `proofOf`.
 * - `refresh`: a refresh token; the operation judges it.
 * - `leaving`: an access or refresh token of ours, even an expired or ended one.
 * - `verifier`: a verifier key.
 * - `admin`: an administrator's live session, or an API key, that has the operation's `scope`; to write, the
 *   administrator proved who they are at most 15 minutes ago.
 * - `operator`: whoever has the machine. No wire reaches such an operation.
 */
export type CallerRule =
  | 'anyone'
  | 'access'
  | 'recent'
  | 'refresh'
  | 'leaving'
  | 'verifier'
  | 'admin'
  | 'operator'

/** What an administrator's session or an API key may do. */
export type Scope =
  | 'users:read'
  | 'users:write'
  | 'sessions:read'
  | 'sessions:write'
  | 'keys:read'
  | 'keys:write'
  | 'apikeys:read'
  | 'apikeys:write'
  | 'audit:read'
  | 'stats:read'
  | 'settings:read'
  | 'mail:read'

/** Limits by address that are checked before the operation; limits by account or session are its own. */
export type AddressLimit = 'signup_address' | 'refresh_address'

/** How recently the user must have proved who they are. */
export interface Proof {
  /** What a proof is called that is given for this and for nothing else. */
  readonly purpose: string
  /** Seconds. */
  readonly maxAge: number
}

interface Described<I, O> {
  /** `word` or `word.verb`; the word is the feature's. */
  readonly name: string
  /** One sentence for the manual. */
  readonly summary: string
  readonly effect: 'read' | 'write'
  readonly input: Schema<I>
  readonly output: Schema<O>
  /** Errors of its own; those of decoding, credentials and limits follow from the other fields. */
  readonly errors: readonly ErrorCode[]
  readonly limit?: AddressLimit
  /** Members that a client must not send because something else changes them, with the sentence that says what. */
  readonly refuses?: Readonly<Record<string, string>>
  /** Where the proof that `recent`, or a part of the operation, asks for is not the usual one: see `proofOf`. */
  readonly proof?: Partial<Proof>
  /** For wire contracts that name it; the native one has another way, and no route to this. */
  readonly foreign?: true
  /** What comes out is one item after another, for as long as the client listens; `output` is the shape of each. */
  readonly streams?: true
  /** A way in: its output holds tokens, and the transport that the client chose is kept with the session. */
  readonly wayIn?: true
}

/** An operation without a caller rule does not compile, nor one for administrators without a scope. */
export type Operation<I = unknown, O = unknown> = Described<I, O> &
  (
    | { readonly caller: Exclude<CallerRule, 'admin'>; readonly scope?: never }
    | { readonly caller: 'admin'; readonly scope: Scope }
  )

/** Declares an operation; the types of input and output follow from the schemas. */
export function operation<I, O>(definition: Operation<I, O>): Operation<I, O> {
  return definition
}

/**
 * The proof that a `recent` operation asks for: at most 5 minutes old, given for everything or for this operation, by its
 * name, alone. Operations that belong together may share a purpose.
 */
export function proofOf({ name, proof }: Pick<Operation, 'name' | 'proof'>): Proof {
  return { purpose: name, maxAge: 300, ...proof }
}

export type InputOf<T> = T extends Operation<infer I, infer _O> ? I : never
export type OutputOf<T> = T extends Operation<infer _I, infer O> ? O : never
