// The browser's side of a session: who is signed in, an access token when one is needed, a fetch that carries it. It runs
// in pages, workers and Node, and depends on nothing. It never patches what is global, never keeps a timer running, never
// writes an access token anywhere, and knows no framework.
export type { Clocks } from './access-token.js'
export { createSallyport } from './client.js'
export { type Endpoint, type Endpoints, type Match, native } from './endpoints.js'
export {
  type ErrorCode,
  type FieldProblem,
  SallyportError,
  type SessionErrorCode,
  type SignInErrorCode,
  type SignOutErrorCode,
  type SignUpErrorCode,
} from './errors.js'
export { indexedDatabase } from './indexed-database.js'
export { memory, type SessionStore, type Stored, type StoredSession } from './store.js'
export type {
  ClientOptions,
  ReplayableInit,
  Result,
  Sallyport,
  SessionEvent,
  SessionInfo,
  SignInStep,
  Snapshot,
  Status,
  Target,
  User,
} from './types.js'
