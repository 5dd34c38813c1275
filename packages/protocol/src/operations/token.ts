import { operation } from '../operation.js'
import { flag, list, object, text } from '../schema.js'

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
