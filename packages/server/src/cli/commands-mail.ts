// The commands about mail and SMS; see commands.ts.
import type { CommandLine } from './commands.js'
import { json, paging } from './options.js'

export const mailCommands: readonly CommandLine[] = [
  {
    name: 'mail list',
    does: 'list mail and SMS on their way and sent, the newest first',
    options: [
      ['--state <state>', 'waiting, sent, failed or expired'],
      ['--channel <channel>', 'email or sms'],
      ['--user <user>', 'only what is about this user'],
      ...paging,
      json,
    ],
    load: async () => (await import('./mail.js')).listQueue,
  },
  {
    name: 'mail resend',
    takes: ['<id>'],
    does: 'have a message tried again that was given up',
    options: [json],
    load: async () => (await import('./mail.js')).resend,
  },
  {
    name: 'mail preview',
    takes: ['<topic>'],
    does: 'print what a message says, such as verify_email',
    options: [
      ['--locale <language>', 'in this language, such as ko'],
      ['--channel <channel>', 'email or sms'],
      ['--html', 'the HTML'],
      ['--source', 'the templates'],
      json,
    ],
    load: async () => (await import('./mail.js')).preview,
  },
  {
    name: 'mail test',
    takes: ['<to>'],
    does: 'send a test to an address or a number, at once',
    options: [['--locale <language>', 'in this language, such as ko'], json],
    load: async () => (await import('./mail.js')).test,
  },
]
