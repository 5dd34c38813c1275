// The commands that take a database as a whole; see commands.ts.
import type { CommandLine } from './commands.js'
import { json, yes } from './options.js'

export const databaseCommands: readonly CommandLine[] = [
  {
    name: 'move',
    does: 'copy everything into another, empty database and go on there; nobody is logged out',
    options: [
      ['--to <url>', 'where to: sqlite: and a path, or the URL of a database'],
      ['--to-file <path>', 'read that URL from a file'],
      ['--to-stdin', 'read that URL from stdin'],
      ['--from <url>', 'where from; database_url where nothing is said'],
      ['--from-file <path>', 'read that URL from a file'],
      ['--resume', 'go on at once where a move was cut off a moment ago'],
      ['--reopen', 'let the database that was moved be written again'],
      yes,
      json,
    ],
    load: async () => (await import('./move.js')).move,
  },
  {
    name: 'backup',
    takes: ['<file>'],
    does: 'copy the database into a new file while servers run (SQLite)',
    options: [json],
    load: async () => (await import('./backup.js')).backup,
  },
  {
    name: 'restore',
    takes: ['[file]'],
    does: 'put a backup in the place of the database; every session ends',
    options: [['--after', 'the database was put back by other means: end every session now'], yes, json],
    load: async () => (await import('./restore.js')).restore,
  },
  {
    name: 'relocate',
    does: 'let sessions and codes live where the settings say by now, in Redis or in the database; those of before end',
    options: [
      ['--same', 'it is the same Redis under another name, with all that it holds: nothing ends'],
      yes,
      json,
    ],
    load: async () => (await import('./relocate.js')).relocate,
  },
]
