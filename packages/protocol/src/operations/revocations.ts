import { operation } from '../operation.js'
import { eachOf, integer, object, oneOf, text } from '../schema.js'

export const followRevocations = operation({
  name: 'revocations.follow',
  summary:
    'What stopped counting before its tokens ran out: all that still matters, then whatever happens, as Server-Sent Events.',
  caller: 'verifier',
  effect: 'read',
  streams: true,
  input: object(
    {},
    { last_event_id: text({ maxLength: 32, description: 'The id of the last event that arrived.' }) },
  ),
  output: eachOf(
    object(
      { kind: oneOf('session_revoked', 'user_changed', 'key_removed', 'current') },
      {
        id: text({ description: 'Whoever says it when they come back gets what they may have missed.' }),
        sid: text(),
        sub: text(),
        before: integer({ description: 'Milliseconds: sessions that began then or earlier have ended.' }),
        except: text({ description: 'The one session of the user that goes on.' }),
        kid: text(),
      },
    ),
  ),
  errors: ['overloaded', 'too_many_requests'],
})
