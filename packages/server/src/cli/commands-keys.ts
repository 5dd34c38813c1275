// The commands about keys: those that sign, those of verifying services, those of machines; see commands.ts.
import type { CommandLine } from './commands.js'
import { json, yes } from './options.js'

export const keyCommands: readonly CommandLine[] = [
  {
    name: 'key list',
    does: 'list the signing keys',
    options: [json],
    load: async () => (await import('./key.js')).listSigning,
  },
  {
    name: 'key rotate',
    does: 'sign with the next key from now on',
    options: [['--force', 'again within 5 minutes, before every verifier knows the next key'], json],
    load: async () => (await import('./key.js')).rotate,
  },
  {
    name: 'key remove',
    takes: ['<kid>'],
    does: 'remove a key that leaked: every token it signed is refused',
    options: [yes, json],
    load: async () => (await import('./key.js')).remove,
  },
  {
    name: 'key verifier create',
    does: 'make a key by which another service may introspect tokens and follow revocations',
    options: [json],
    settings: false,
    load: async () => (await import('./key-verifier.js')).createVerifier,
  },
  {
    name: 'key verifier list',
    does: 'list the verifier keys of the settings by their ids',
    options: [json],
    load: async () => (await import('./key-verifier.js')).listVerifying,
  },
  {
    name: 'key verifier remove',
    takes: ['<id>'],
    does: 'remove a verifier key at once: running servers refuse it and end its feeds',
    options: [yes, json],
    load: async () => (await import('./key-verifier.js')).removeVerifying,
  },
  {
    name: 'apikey list',
    does: 'list the keys of machines',
    options: [json],
    load: async () => (await import('./apikey.js')).listMachines,
  },
  {
    name: 'apikey create',
    does: 'make a key for a machine; it is shown once',
    options: [
      ['--name <name>', 'what it is for'],
      ['--scope <scope...>', 'what it may do, such as users:read'],
      ['--expires-in <duration>', 'how long it is good, such as 30d; 90d where nothing is said'],
      json,
    ],
    load: async () => (await import('./apikey.js')).create,
  },
  {
    name: 'apikey remove',
    takes: ['<id>'],
    does: 'remove the key of a machine at once',
    options: [yes, json],
    load: async () => (await import('./apikey.js')).remove,
  },
]
