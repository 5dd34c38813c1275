// The commands that bring users from elsewhere and take them along; see commands.ts.
import type { CommandLine } from './commands.js'
import { json } from './options.js'

const passphrase = [
  ['--passphrase-stdin', 'read the passphrase of the file from stdin'],
  ['--passphrase-file <path>', 'read the passphrase of the file from another file'],
] as const

export const transferCommands: readonly CommandLine[] = [
  {
    name: 'import',
    takes: ['<file>'],
    does: 'take users from a file of another system, NDJSON or CSV, or from sallyport export',
    options: [
      ['--map <theirs=ours...>', 'what a column is called here; theirs=- leaves it out'],
      ['--dry-run', 'only say what would be done'],
      ['--update', 'change accounts that are there to what the file says'],
      ['--administrators', 'take roles that administer this server, and change who has them'],
      ['--firebase <path>', 'the password hash parameters of a Firebase project'],
      ['--report <path>', 'append what became of each row to this file, as JSON, one a line'],
      ...passphrase,
      json,
    ],
    load: async () => (await import('./import.js')).importFile,
  },
  {
    name: 'export',
    takes: ['<file>'],
    does: 'write every user into a new file, sealed to a passphrase with the password hashes',
    options: [['--without-passwords', 'no hashes and no seal'], ...passphrase, json],
    load: async () => (await import('./export.js')).exportFile,
  },
]
