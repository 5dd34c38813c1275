import { operation } from '../operation.js'
import { flag, integer, list, nothing, object, oneOf, text } from '../schema.js'

const channel = oneOf('email', 'sms')
const state = oneOf('waiting', 'sent', 'failed', 'expired')
const locale = text({
  maxLength: 35,
  pattern: '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$',
  description: 'A BCP 47 language tag.',
})
const topic = text({ minLength: 1, maxLength: 32, pattern: '^[a-z_]+$' })

export const listMail = operation({
  name: 'mail.list',
  summary: 'What was posted to people, with codes and links, newest first. Development only.',
  caller: 'anyone',
  effect: 'read',
  input: object({}, { to: text({ maxLength: 320 }), limit: integer({ minimum: 1, maximum: 500 }) }),
  output: object({
    items: list(
      object(
        {
          id: text({ format: 'uuid' }),
          channel,
          topic,
          to: text(),
          from: text(),
          text: text(),
          created_at: integer(),
        },
        { subject: text(), html: text(), code: text(), link: text() },
      ),
    ),
  }),
  errors: ['not_found'],
})

export const listOutbox = operation({
  name: 'mail.outbox',
  summary:
    'The queue of mail and SMS, newest first: how often each was tried and why it failed; never what it says.',
  caller: 'admin',
  scope: 'mail:read',
  effect: 'read',
  input: object(
    {},
    {
      state,
      channel,
      user_id: text({ maxLength: 64 }),
      cursor: text({ maxLength: 512 }),
      limit: integer({ minimum: 1, maximum: 200 }),
    },
  ),
  output: object(
    {
      items: list(
        object(
          {
            id: text({ format: 'uuid' }),
            topic,
            channel,
            state,
            attempts: integer(),
            created_at: integer(),
            due_at: integer(),
            good_until: integer(),
          },
          { to: text(), user_id: text(), sent_at: integer(), last_error: text() },
        ),
      ),
      total_estimate: integer(),
    },
    { next_cursor: text() },
  ),
  errors: [],
})

export const resendMail = operation({
  name: 'mail.resend',
  summary: 'Has a message tried again that was given up, while it is still good.',
  caller: 'operator',
  effect: 'write',
  input: object({ id: text({ maxLength: 64 }) }),
  output: nothing,
  errors: ['not_found', 'conflict'],
})

export const previewMail = operation({
  name: 'mail.preview',
  summary: 'What a message would say, with facts as they might be.',
  caller: 'operator',
  effect: 'read',
  input: object({ topic }, { channel, locale }),
  output: object(
    {
      topic,
      channel,
      locale: text(),
      text: text(),
      sources: list(object({ name: text(), source: text() })),
    },
    { subject: text(), html: text() },
  ),
  errors: ['not_found'],
})

export const testMail = operation({
  name: 'mail.test',
  summary: 'Sends a message that says it is a test, at once, and tells what became of it.',
  caller: 'operator',
  effect: 'write',
  input: object({ to: text({ minLength: 1, maxLength: 320 }) }, { locale }),
  output: object({ sent: flag(), channel }, { way: text(), why: text() }),
  errors: [],
})
