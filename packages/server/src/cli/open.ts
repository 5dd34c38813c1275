// Commands that work on the database of a server, running or not. The same settings as the server's; nothing is made
// that is not there: no database, no secret, no migration.
import { existsSync } from 'node:fs'
import { type ErrorCode, Failure } from '@sallyport/protocol'
import { StartError } from '../config/errors.js'
import type { Loaded } from '../config/load.js'
import { readSecret } from '../config/secret.js'
import { databaseUrl, secret, storeUrl } from '../config/settings.js'
import { type Operator, openOperator, type ServerOptions } from '../server.js'
import { isUuidv7 } from '../util/ids.js'
import type { Settings } from '../util/setting.js'
import type { Call } from './call.js'
import { CommandError, failureError } from './speak.js'
import { load, storeError } from './start.js'

/** What to try next, by the code of the failure. */
export type Hints = Partial<Record<ErrorCode, string>>

/** Opens the database, does the work, and closes it; what fails is said in words. */
export async function withOperator(
  { asked, command }: Call,
  work: (operator: Operator) => Promise<number>,
  hints: Hints = {},
): Promise<number> {
  const loaded = await load('development', asked)
  assertDatabase(loaded.settings)
  const operator = await openLoaded(loaded)
  try {
    return await work(operator)
  } catch (error) {
    throw error instanceof Failure ? failureError(error, command, hints) : error
  } finally {
    await operator.close()
  }
}

/** The operator for settings that were loaded. Throws StartError. */
export async function openLoaded(loaded: Loaded): Promise<Operator> {
  return openOperator(optionsOf(loaded)).catch((error) => {
    throw storeError(error, loaded.settings)
  })
}

/** What a command's work on the database is handed. Throws StartError for the secret. */
export function optionsOf({ settings, origins }: Loaded): ServerOptions {
  return { settings, origins, mode: 'production', secret: secretOf(settings), log: quiet }
}

/** Development's weak secret is taken where it was given, but none is made here. Throws StartError. */
function secretOf(settings: Settings) {
  return readSecret(settings, settings.get(secret) === undefined ? 'production' : 'development')
}

/** The file of an SQLite database. */
export function databaseFile(settings: Settings): string | undefined {
  const url = storeUrl(settings)
  return url.startsWith('sqlite:') && url !== 'sqlite::memory:' ? url.slice('sqlite:'.length) : undefined
}

/** Throws StartError where there is no database to work on: a wrong directory must not become a new database. */
export function assertDatabase(settings: Settings): void {
  const url = settings.get(databaseUrl)
  if (url === 'memory:' || url === 'sqlite::memory:')
    throw new StartError(
      'this server keeps its data in its own memory, where no other process can reach it',
      'Keep it in a file: SALLYPORT_DATABASE_URL=sqlite:./.sallyport/sallyport.db',
    )
  const file = databaseFile(settings)
  if (file === undefined || existsSync(file)) return
  throw new StartError(
    `there is no database at ${file}`,
    'Name its directory with --data-dir, or make a new one with: sallyport migrate',
  )
}

/** The id of a user who is named by id, address or username. Throws CommandError. */
export async function userId(operator: Operator, name: string): Promise<string> {
  if (isUuidv7(name.toLowerCase())) return name.toLowerCase()
  const id = await operator.find(name)
  if (id !== undefined) return id
  throw new CommandError(`no user is called ${name}`, `sallyport user list --search ${name}`, 1)
}

/** Events are the audit log's; here only what went wrong is said. */
const quiet: ServerOptions['log'] = {
  info: () => {},
  warn: (facts, message) => grumble(facts, message),
  error: (facts, message) => grumble(facts, message),
}

function grumble({ err, reason }: Record<string, unknown>, message: string): void {
  const why = reason ?? (err instanceof Error ? err.message : undefined)
  process.stderr.write(`sallyport: ${message}${why === undefined ? '' : ` (${String(why)})`}\n`)
}
