import { operation } from '../operation.js'
import { integer, list, object, oneOf, text } from '../schema.js'

export const getStats = operation({
  name: 'stats',
  summary:
    'Counts for plots, by minute or hour: log-ins by outcome, refreshes, sign-ups; and how much there is now.',
  caller: 'admin',
  scope: 'stats:read',
  effect: 'read',
  input: object(
    {},
    {
      period: oneOf('minute', 'hour'),
      from: text({ maxLength: 40, description: 'RFC 3339; a day ago where nothing is said.' }),
      to: text({ maxLength: 40, description: 'RFC 3339; now where nothing is said.' }),
    },
  ),
  output: object({
    period: oneOf('minute', 'hour'),
    series: list(object({ name: text(), points: list(object({ at: integer(), count: integer() })) })),
    users: integer(),
    sessions: integer(),
    hashing: object({ running: integer(), waiting: integer(), turned_away: integer() }),
  }),
  errors: [],
})
