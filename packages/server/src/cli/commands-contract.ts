// Commands about wire contracts, for commands.ts. They read no settings and touch no database.
import type { CommandLine } from './commands.js'
import { json } from './options.js'

export const contractCommands: readonly CommandLine[] = [
  {
    name: 'contract list',
    does: 'list the wire contracts that come with Sallyport',
    options: [json],
    settings: false,
    load: async () => (await import('./contract.js')).listKnown,
  },
  {
    name: 'contract show',
    takes: ['<contract>'],
    does: 'print a contract as JSON, to begin one of one’s own with',
    options: [['--json', 'as it is anyway']],
    settings: false,
    load: async () => (await import('./contract.js')).show,
  },
  {
    name: 'contract routes',
    takes: ['<contract>'],
    does: 'list the routes of a contract',
    options: [json],
    settings: false,
    load: async () => (await import('./contract.js')).routes,
  },
  {
    name: 'contract check',
    takes: ['<file>'],
    does: 'find every mistake of a contract in a JSON file, with its place and what mends it',
    options: [json],
    settings: false,
    load: async () => (await import('./contract-check.js')).check,
  },
  {
    name: 'contract try',
    takes: ['<contract>'],
    does: 'play the conversation of a contract, or of a transcript in a JSON file, against any running backend',
    options: [
      ['--against <url>', 'the backend, such as http://localhost:8000; users are made there'],
      ['--scene <text>', 'only scenes whose titles hold this text'],
      json,
    ],
    settings: false,
    load: async () => (await import('./contract-try.js')).attempt,
  },
]
