// Every command: its name, what it takes, what it does in a line, and the file that does it, loaded only when it is
// called. Help, completion and the check of the manual are made from this list.
import type { Run } from './call.js'
import { contractCommands } from './commands-contract.js'
import { databaseCommands } from './commands-database.js'
import { keyCommands } from './commands-keys.js'
import { mailCommands } from './commands-mail.js'
import { transferCommands } from './commands-transfer.js'
import { json, paging, yes } from './options.js'

export interface CommandLine {
  readonly name: string
  /** Names behind the command, such as `<user>` or `[token]`. */
  readonly takes?: readonly string[]
  readonly does: string
  /** Options and what they mean, in the words of the help. */
  readonly options?: readonly (readonly [flags: string, means: string])[]
  /** False where settings are not read, so that none is taken as a flag. */
  readonly settings?: false
  load(): Promise<Run>
}

const password = [
  ['--password-stdin', 'read the password from stdin'],
  ['--password-file <file>', 'read the password from a file'],
] as const
const period = [
  ['--user <user>', 'only what happened to this user'],
  ['--event <event>', 'only this event, such as user.disabled'],
  ['--from <time>', 'not before this time (RFC 3339)'],
  ['--to <time>', 'only before this time (RFC 3339)'],
] as const

const servers: readonly CommandLine[] = [
  {
    name: 'dev',
    does: 'run a server for development on this machine',
    load: async () => {
      const { dev } = await import('./dev.js')
      return ({ asked }) => dev(asked)
    },
  },
  {
    name: 'serve',
    does: 'run the server in production',
    load: async () => {
      // Some packages read it once, when they are loaded.
      process.env.NODE_ENV = 'production'
      const { serve } = await import('./serve.js')
      return ({ asked }) => serve(asked)
    },
  },
]

const upkeep: readonly CommandLine[] = [
  {
    name: 'init',
    does: 'write sallyport.yaml and .env for a server of your own; asks, or takes settings as flags',
    options: [['--force', 'write over files that are there; a master secret is kept'], json],
    load: async () => (await import('./init.js')).init,
  },
  {
    name: 'migrate',
    does: 'bring the database up to this version',
    options: [['--dry-run', 'only say what would be done'], json],
    load: async () => {
      const { migrate } = await import('./migrate.js')
      return ({ asked, options }) => migrate(asked, options)
    },
  },
  {
    name: 'status',
    does: 'say where the server is, how it is, and how much is in it',
    options: [json],
    load: async () => (await import('./status.js')).status,
  },
  {
    name: 'doctor',
    does: 'look for what is wrong or unsafe, and say what mends it',
    options: [json, ['--deep', 'check a large database from end to end too']],
    load: async () => (await import('./doctor.js')).doctor,
  },
  {
    name: 'config',
    does: 'list every setting, its value and where it came from',
    options: [['--json', 'print JSON, with the meaning of each setting']],
    load: async () => {
      const { config } = await import('./config.js')
      return ({ asked, options }) => config(asked, options.json ?? false)
    },
  },
]

const users: readonly CommandLine[] = [
  {
    name: 'user list',
    does: 'list users, the newest first',
    options: [
      ['--search <text>', 'any part of address, username, name, phone number or id'],
      ['--status <status>', 'active, disabled or deleted'],
      ...paging,
      json,
    ],
    load: async () => (await import('./user.js')).listAll,
  },
  {
    name: 'user show',
    takes: ['<user>'],
    does: 'show a user, named by id, address or username',
    options: [json],
    load: async () => (await import('./user.js')).show,
  },
  {
    name: 'user create',
    does: 'make an account',
    options: [
      ['--email <address>', 'the address'],
      ['--username <username>', 'the username'],
      ['--name <name>', 'the name that is shown'],
      ['--role <role...>', 'roles, such as admin'],
      ['--email-verified', 'the address is known to be theirs'],
      ...password,
      ['--no-password', 'none: they get in by other ways'],
      json,
    ],
    load: async () => (await import('./user.js')).create,
  },
  {
    name: 'user disable',
    takes: ['<user>'],
    does: 'disable an account and end its sessions',
    options: [['--reason <text>', 'why, for the audit log'], json],
    load: async () => (await import('./user.js')).disable,
  },
  {
    name: 'user enable',
    takes: ['<user>'],
    does: 'enable a disabled account',
    options: [json],
    load: async () => (await import('./user.js')).enable,
  },
  {
    name: 'user delete',
    takes: ['<user>'],
    does: 'delete an account and end its sessions',
    options: [yes, json],
    load: async () => (await import('./user.js')).remove,
  },
  {
    name: 'user set-password',
    takes: ['<user>'],
    does: 'set a password and end every session',
    options: [...password, json],
    load: async () => (await import('./user.js')).setPassword,
  },
  {
    name: 'user grant',
    takes: ['<user>', '<role...>'],
    does: 'give a user roles, such as admin',
    options: [json],
    load: async () => (await import('./user.js')).grant,
  },
  {
    name: 'user revoke',
    takes: ['<user>', '<role...>'],
    does: 'take roles from a user',
    options: [json],
    load: async () => (await import('./user.js')).revoke,
  },
]

const access: readonly CommandLine[] = [
  {
    name: 'session list',
    takes: ['[user]'],
    does: 'list live sessions of everybody, or of one user',
    options: [...paging, json],
    load: async () => (await import('./session.js')).listLive,
  },
  {
    name: 'session end',
    takes: ['[session]'],
    does: 'end a session, or every session of a user',
    options: [['--user <user>', 'end every session of this user'], yes, json],
    load: async () => (await import('./session.js')).end,
  },
]

const oversight: readonly CommandLine[] = [
  {
    name: 'secret rewrap',
    does: 'seal anew what is sealed under an older master secret',
    options: [['--end-all-sessions', 'after a leak: end every session of everybody'], yes, json],
    load: async () => (await import('./secret.js')).rewrap,
  },
  {
    name: 'admin link',
    does: 'print the link that makes the first administrator: once, 15 minutes',
    options: [json],
    load: async () => (await import('./admin.js')).link,
  },
  {
    name: 'audit list',
    does: 'list what happened, the newest first',
    options: [...period, ...paging, json],
    load: async () => (await import('./audit.js')).listEntries,
  },
  {
    name: 'audit export',
    does: 'print every entry as JSON, one a line',
    options: [...period, ['--json', 'as it is anyway']],
    load: async () => (await import('./audit.js')).exportEntries,
  },
  {
    name: 'audit verify',
    does: 'see whether any entry was changed or removed',
    options: [json],
    load: async () => (await import('./audit.js')).verify,
  },
  {
    name: 'token explain',
    takes: ['[token]'],
    does: 'say why a token is accepted or refused; - reads it from stdin',
    options: [['--token-file <file>', 'read the token from a file'], json],
    load: async () => (await import('./token.js')).explain,
  },
  {
    name: 'completion',
    takes: ['<shell>'],
    does: 'print the completion of these commands for bash, zsh or fish',
    settings: false,
    load: async () => (await import('./completion.js')).completion,
  },
]

export const commands: readonly CommandLine[] = [
  ...servers,
  ...upkeep,
  ...databaseCommands,
  ...users,
  ...transferCommands,
  ...access,
  ...keyCommands,
  ...mailCommands,
  ...contractCommands,
  ...oversight,
]
