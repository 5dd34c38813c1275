import { operation } from '../operation.js'
import { flag, list, nothing, object, text } from '../schema.js'

export const explainToken = operation({
  name: 'token.explain',
  summary: 'Says step by step why a token is accepted or refused.',
  caller: 'operator',
  effect: 'read',
  input: object({ token: text({ minLength: 1, maxLength: 16_384 }) }),
  output: object({
    accepted: flag(),
    kind: text(),
    steps: list(object({ step: text(), ok: flag(), says: text() })),
  }),
  errors: [],
})

export const checkToken = operation({
  name: 'token.check',
  summary:
    'Whether a token is good, of either kind: a route names both sources, the refresh token first, and is `strict`. Nothing is spent.',
  caller: 'leaving',
  effect: 'read',
  input: nothing,
  output: nothing,
  errors: ['refresh_token_reused', 'session_ended'],
  foreign: true,
})
