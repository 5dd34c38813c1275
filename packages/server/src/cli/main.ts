// The command line. commands.ts lists the commands, one file each, loaded only when it is called; what they share lies
// beside them: start.ts (settings to a running server), open.ts (the database without a server), speak.ts (errors as
// sentences), print.ts and ask.ts (data and questions), log.ts and lines.ts (what a server says while it runs).
// stdout is data, stderr is talk. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not confirmed, 4 cannot reach.
// A server ends with 0 on the first SIGINT or SIGTERM once it has drained, at once by the signal on the second (130 or 143 in a shell).
import { Command, CommanderError } from 'commander'
import { version } from '../util/version.js'
import type { Call, Options } from './call.js'
import { type CommandLine, commands } from './commands.js'

const settingsHelp = `
Every setting is a flag too, behind everything else, such as --port 4401 or --access-token.ttl 10m. Flags win over
SALLYPORT_ variables, these over .env and sallyport.yaml. To see all of them with their values: sallyport config`

const groups: Readonly<Record<string, string>> = {
  user: 'accounts',
  session: 'who is signed in',
  key: 'signing keys and verifier keys',
  'key verifier': 'keys by which other services introspect tokens and follow revocations',
  apikey: 'keys for machines',
  secret: 'the master secret',
  admin: 'the first administrator',
  audit: 'what happened',
  mail: 'mail and SMS',
  contract: 'wire contracts',
  token: 'tokens',
}

function programOf(done: (code: number) => void): Command {
  const program = new Command('sallyport')
    .description('An authentication server of your own.')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .exitOverride()
    .showHelpAfterError('Try: sallyport --help')
  const known = new Map([['', program]])
  for (const line of commands) {
    const words = line.name.split(' ')
    const command = groupOf(known, words.slice(0, -1)).command(words.at(-1)!)
    describe(command, line).action(async () => done(await runOf(line, command)))
  }
  return program
}

function groupOf(known: Map<string, Command>, words: readonly string[]): Command {
  const name = words.join(' ')
  const there = known.get(name)
  if (there) return there
  const group = groupOf(known, words.slice(0, -1)).command(words.at(-1)!).description(groups[name]!)
  known.set(name, group.helpCommand(false))
  return group
}

function describe(
  command: Command,
  { name, takes = [], does, options = [], settings }: CommandLine,
): Command {
  command.description(does).allowUnknownOption().allowExcessArguments()
  command.showHelpAfterError(`Try: sallyport ${name} --help`)
  for (const name of takes) command.argument(name)
  for (const [flags, means] of options) command.option(flags, means)
  if (settings === false) return command
  return command
    .option('--config <file>', 'read this file instead of sallyport.yaml')
    .addHelpText('after', settingsHelp)
}

/** Loading settings judges every flag that commander does not know; where none are read, none is taken. */
async function runOf(line: CommandLine, command: Command): Promise<number> {
  const { args } = command
  const first = args.findIndex((word) => word.startsWith('--'))
  const names = first < 0 ? args : args.slice(0, first)
  const flags = first < 0 ? [] : args.slice(first)
  const { takes = [], settings } = line
  const least = takes.filter((name) => name.startsWith('<')).length
  if (names.length < least)
    command.error(`error: missing ${takes[names.length]}; names stand before settings`)
  const most = takes.at(-1)?.endsWith('...>') ? Number.POSITIVE_INFINITY : takes.length
  const stray = names[most] ?? (settings === false ? flags[0] : undefined)
  if (stray !== undefined) command.error(`error: ${stray} is not expected here`)
  const { config: file, ...options } = command.opts<Options & { config?: string }>()
  const call: Call = { command: line.name, names, options, asked: { file, flags } }
  return (await line.load())(call)
}

async function main(argv: readonly string[]): Promise<number> {
  let code = 0
  const program = programOf((answered) => {
    code = answered
  })
  try {
    if (argv.length === 0) program.help({ error: true })
    await program.parseAsync(argv, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    const { exitCodeOf, sentenceOf } = await import('./speak.js')
    process.stderr.write(sentenceOf(error))
    return exitCodeOf(error)
  }
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})
process.exit(await main(process.argv.slice(2)))
