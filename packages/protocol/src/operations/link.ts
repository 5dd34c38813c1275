import { operation } from '../operation.js'
import { integer, object, oneOf, text } from '../schema.js'
import { linkToken } from './shapes.js'

export const getLink = operation({
  name: 'link.get',
  summary: 'Says what the link of a message is for, and uses nothing up.',
  caller: 'anyone',
  effect: 'read',
  input: object({ token: linkToken }),
  output: object(
    {
      purpose: oneOf('verify_email', 'change_email', 'undo_email', 'reset_password', 'login'),
      expires_at: integer(),
    },
    { email: text({ format: 'email' }) },
  ),
  errors: ['code_invalid'],
})
