// The command line. One file per command, loaded only when it is called; what they share lies beside them: start.ts
// (settings to a running server), speak.ts (errors as sentences), log.ts and lines.ts (what a server says while it
// runs). stdout is data, stderr is talk. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not confirmed, 4 cannot reach.
// A server ends with 0 on the first SIGINT or SIGTERM once it has drained, at once with 130 or 143 on the second.
import { Command, CommanderError } from 'commander'
import { exitCodeOf, sentenceOf } from './speak.js'
import { version } from './version.js'

interface FileOption {
  config?: string
}

const settingsHelp = `
Every setting is a flag too, such as --port 4401 or --access-token.ttl 10m. Flags win over SALLYPORT_ variables, these
over sallyport.yaml. To see all of them with their values: sallyport config`

type Done = (code: number) => void

function programOf(): Command {
  return new Command('sallyport')
    .description('An authentication server of your own.')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .exitOverride()
    .showHelpAfterError('Try: sallyport --help')
}

/** A command that takes every setting as a flag; loading settings judges them, so nothing is unknown to it here. */
function withSettings(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--config <file>', 'read this file instead of sallyport.yaml')
    .allowUnknownOption()
    .allowExcessArguments()
    .addHelpText('after', settingsHelp)
}

function addServers(program: Command, done: Done): void {
  withSettings(program, 'dev', 'run a server for development on this machine').action(
    async ({ config: file }: FileOption, { args }: Command) => {
      const { dev } = await import('./dev.js')
      done(await dev({ file, flags: args }))
    },
  )
  withSettings(program, 'serve', 'run the server in production').action(
    async ({ config: file }: FileOption, { args }: Command) => {
      // Some packages read it once, when they are loaded.
      process.env.NODE_ENV = 'production'
      const { serve } = await import('./serve.js')
      done(await serve({ file, flags: args }))
    },
  )
}

function addTools(program: Command, done: Done): void {
  withSettings(program, 'migrate', 'bring the database up to this version')
    .option('--dry-run', 'only say what would be done')
    .action(
      async ({ config: file, dryRun = false }: FileOption & { dryRun?: boolean }, { args }: Command) => {
        const { migrate } = await import('./migrate.js')
        done(await migrate({ file, flags: args }, dryRun))
      },
    )
  withSettings(program, 'config', 'list every setting, its value and where it came from')
    .option('--json', 'print JSON, with the meaning of each setting')
    .action(async ({ config: file, json = false }: FileOption & { json?: boolean }, { args }: Command) => {
      const { config } = await import('./config.js')
      done(await config({ file, flags: args }, json))
    })
}

async function main(argv: readonly string[]): Promise<number> {
  let code = 0
  const done = (answered: number) => {
    code = answered
  }
  const program = programOf()
  addServers(program, done)
  addTools(program, done)
  try {
    if (argv.length === 0) program.help({ error: true })
    await program.parseAsync(argv, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    process.stderr.write(sentenceOf(error))
    return exitCodeOf(error)
  }
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})
process.exit(await main(process.argv.slice(2)))
