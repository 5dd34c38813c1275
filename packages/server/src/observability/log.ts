// What a log line may hold. Whoever logs names each fact, so secrets have no way in; this is the second wall: members
// that are called like a secret are blotted out, and of an error nothing but its kind, words and stack is kept.
import type { LoggerOptions } from 'pino'

/** Blotted out at the top of an entry. A wild card for what lies deeper would cost ten times the line itself. */
const secrets = [
  ...['password', 'current_password', 'new_password', 'password_hash', 'secret', 'ticket'],
  ...['token', 'access_token', 'refresh_token', 'device_token', 'api_key', 'credential', 'credentials'],
  ...[
    'authorization',
    'cookie',
    'cookies',
    'headers',
    'body',
    'input',
    'query',
    'url',
    'request',
    'response',
  ],
]

/** Options for pino: JSON lines, in which a line break is always `\n`. */
export function logOptions(level: string): LoggerOptions {
  return {
    level,
    base: null,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: secrets, censor: '[hidden]' },
    serializers: { err: errorFacts },
  }
}

/** How far a chain of causes is followed. */
const deepest = 3

/**
 * Kind, words and stack of an error and of what caused it. What a library hangs on its errors besides (a request, a
 * query with its values) is left behind.
 */
export function errorFacts(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { message: typeof error === 'string' ? error : typeof error }
  const { name, message, stack, cause } = error
  const code = (error as { code?: unknown }).code
  return {
    type: name,
    message,
    ...(typeof code === 'string' && { code }),
    stack,
    ...(cause !== undefined && depth < deepest && { cause: errorFacts(cause, depth + 1) }),
  }
}
