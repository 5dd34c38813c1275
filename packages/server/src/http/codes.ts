// The codes that a route can be answered with: those of its operation, and those of the way through http. The description
// of the API lists them, and a contract may give words to no others.
import type { ErrorCode, Operation } from '@sallyport/protocol'

/** What a route does with a request, as far as failures come of it. */
export interface Wire {
  readonly takesInput: boolean
  readonly readsBody: boolean
  /** A credential may come by cookie, or a way in leaves some. */
  readonly usesCookies: boolean
  /** Whoever leaves needs a token that is as good as for any other operation. */
  readonly isStrict: boolean
}

/** Every way that a route could be written. */
const anyWire: Wire = { takesInput: true, readsBody: true, usesCookies: true, isStrict: true }

const access = ['token_missing', 'access_token_invalid', 'access_token_expired', 'session_ended'] as const

const credentialCodes: Record<Operation['caller'], readonly ErrorCode[]> = {
  anyone: [],
  access,
  recent: [...access, 'step_up_required'],
  refresh: ['token_missing', 'refresh_token_invalid'],
  leaving: ['token_missing', 'access_token_invalid', 'refresh_token_invalid'],
  verifier: ['token_missing', 'access_token_invalid'],
  admin: [...access, 'step_up_required', 'forbidden'],
  operator: [],
}

/** Each code once, in the order in which a request meets them. */
export function possibleCodes(operation: Operation, wire = anyWire): ErrorCode[] {
  const { takesInput, readsBody, usesCookies, isStrict } = wire
  return [
    ...new Set<ErrorCode>([
      ...(takesInput ? (['invalid_request'] as const) : []),
      ...(readsBody ? (['invalid_json', 'unsupported_media_type', 'payload_too_large'] as const) : []),
      ...credentialCodes[operation.caller],
      ...(operation.caller === 'leaving' && isStrict ? access : []),
      // Whose account was closed, or logged out everywhere, while they came in.
      ...(operation.wayIn ? (['session_ended'] as const) : []),
      ...(operation.effect === 'write' && usesCookies ? (['origin_not_allowed'] as const) : []),
      ...operation.errors,
      ...(operation.limit ? (['too_many_requests'] as const) : []),
      'store_unavailable',
      'internal',
    ]),
  ]
}
