import { operation } from '../operation.js'
import { integer, object, text } from '../schema.js'

export const advanceClock = operation({
  name: 'clock.advance',
  summary: 'Moves the server’s clock, so that expiry can be tried by hand. Development only.',
  caller: 'anyone',
  effect: 'write',
  input: object({ advance: text({ maxLength: 32, description: 'A duration such as `301s` or `15m`.' }) }),
  output: object({ now: integer() }),
  errors: [],
})
