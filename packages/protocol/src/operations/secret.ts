import { operation } from '../operation.js'
import { flag, integer, object } from '../schema.js'

export const rewrapSecret = operation({
  name: 'secret.rewrap',
  summary:
    'Seals everything sealed under an older master secret anew; after a leak it also ends every session.',
  caller: 'operator',
  effect: 'write',
  input: object({}, { end_all_sessions: flag() }),
  output: object({ rewrapped: integer(), sessions_ended: integer() }),
  errors: [],
})
