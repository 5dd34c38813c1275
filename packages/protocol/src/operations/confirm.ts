import { operation } from '../operation.js'
import { object, text } from '../schema.js'
import { password, tokens } from './shapes.js'

export const confirm = operation({
  name: 'confirm',
  summary:
    'Proves again that it is the user, for everything or for one purpose alone, and answers a new access token.',
  caller: 'access',
  effect: 'write',
  input: object(
    { password },
    {
      purpose: text({
        maxLength: 64,
        description:
          'What the proof is for, as `step_up_required` names it: it counts for that alone. Absent: it counts for everything, and raises `auth_time`.',
      }),
    },
  ),
  output: tokens,
  errors: ['invalid_credentials', 'too_many_requests', 'overloaded'],
})
