// From what the operator wrote to a server that listens, and down again. dev.ts and serve.ts differ in mode and talk.
// Loads the whole server at once: every command that comes here needs it, and one graph loads faster than a chain.
import { once } from 'node:events'
import { type AddressInfo, createServer as createProbe } from 'node:net'
import { resolve } from 'node:path'
import { prepareDataDir } from '../config/data-dir.js'
import { StartError } from '../config/errors.js'
import { type Loaded, loadSettings } from '../config/load.js'
import { type MasterSecret, readSecret } from '../config/secret.js'
import { dataDir, host, isEmbedded, type Mode, port, shownDatabase } from '../config/settings.js'
import {
  createServer,
  settings as declared,
  SchemaTooNew,
  type Server,
  type ServerOptions,
  StoreUnavailable,
} from '../server.js'
import type { Settings } from '../util/setting.js'
import { envFile, withEnvFile } from './env-file.js'
import { listenError } from './speak.js'

/** Where settings come from beside the environment. */
export interface Asked {
  file: string | undefined
  flags: readonly string[]
}

/** How long a server may take to finish what it is doing. */
const drainLimit = 10_000

/** The settings of every room, read and judged. Throws ConfigError. */
export async function load(mode: Mode, { file, flags }: Asked): Promise<Loaded> {
  const { env, fromFile } = withEnvFile(process.env)
  const { settings, origins: found } = await loadSettings({ declared, mode, file, env, flags })
  const origins = new Map(
    [...found].map(([name, origin]) => {
      const where = fromFile.has(origin.where) ? `${envFile}: ${origin.where}` : origin.where
      return [name, { ...origin, where }]
    }),
  )
  const loaded = { settings, origins }
  return loaded.settings.get(port) === 0 ? { ...loaded, settings: await onFreePort(loaded.settings) } : loaded
}

/** The issuer and every link hold the port, so «any free one» must be chosen before there is a server. */
async function onFreePort(settings: Settings): Promise<Settings> {
  const probe = createProbe().listen(0, settings.get(host))
  await once(probe, 'listening')
  const free = (probe.address() as AddressInfo).port
  probe.close()
  return { get: (setting) => (setting.name === port.name ? setting.parse(free)! : settings.get(setting)) }
}

/** The master secret and a data directory that can be written. Throws StartError. */
export function prepare(settings: Settings, mode: Mode): MasterSecret {
  const secret = readSecret(settings, mode)
  prepareStore(settings)
  return secret
}

/** A data directory that can be written, where the store needs one. Throws StartError. */
export function prepareStore(settings: Settings): void {
  if (isEmbedded(settings)) prepareDataDir(resolve(settings.get(dataDir)))
}

/** A server that listens; what keeps it from that is said in the words of the settings. Throws StartError. */
export async function start(options: ServerOptions): Promise<Server> {
  const { settings } = options
  const server = await createServer(options).catch((error) => {
    throw storeError(error, settings)
  })
  try {
    await server.listen()
    return server
  } catch (error) {
    await server.close().catch(() => {})
    throw listenError(error, settings.get(host), settings.get(port))
  }
}

/** Says what the store found wrong at the start; any other error stays what it is. */
export function storeError(error: unknown, settings: Settings): unknown {
  const { message } = error as Error
  if (error instanceof SchemaTooNew)
    return new StartError(message, 'Install that version, or go back to a backup made by this one', {
      cause: error,
    })
  if (!(error instanceof StoreUnavailable)) return error
  if (error.reason.startsWith('ephemeral_url '))
    return new StartError(error.reason, 'Correct ephemeral_url: docs/redis.md', { cause: error })
  if (error.reason.startsWith('Redis at '))
    return new StartError(error.reason, 'See whether it runs and lets this machine in: sallyport doctor', {
      cause: error,
    })
  const [where, next] = isEmbedded(settings) ? embedded(settings) : remote(settings)
  return new StartError(`the database ${where} cannot be used: ${error.reason}`, next, { cause: error })
}

function embedded(settings: Settings): [string, string] {
  const data = settings.get(dataDir)
  return [`in ${data}`, `See whether the disk is full, who owns the file and who has it open: ls -l ${data}`]
}

function remote(settings: Settings): [string, string] {
  const url = shownDatabase(settings)
  const [ask, page] = url.startsWith('postgres')
    ? [`psql '${url}' -c 'select 1'`, 'docs/databases.md']
    : ["mariadb --host=<host> --user=<user> --password -e 'select 1'", 'docs/mysql.md']
  return [url, `See whether it answers and lets this user in: ${ask}; ${page}`]
}

/**
 * Listens for SIGINT and SIGTERM from now on, so that none is missed while the server starts. The first resolves; the
 * second ends the process at once by the signal itself, which a shell shows as 130 or 143. `process.exit` would wait
 * for threads that are in the middle of a hash, and abort.
 */
export function firstSignal(): Promise<string> {
  return new Promise((done) => {
    let seen = false
    const hear = (signal: 'SIGINT' | 'SIGTERM') => {
      if (seen) {
        process.removeAllListeners(signal)
        process.kill(process.pid, signal)
      }
      seen = true
      done(signal)
    }
    process.on('SIGINT', () => hear('SIGINT'))
    process.on('SIGTERM', () => hear('SIGTERM'))
  })
}

/** Drains when the signal comes; answers the exit code. Throws StartError where that takes longer than 10 s. */
export async function serveUntil(
  stopped: Promise<string>,
  server: Server,
  says: (line: string) => void,
): Promise<number> {
  says(`${await stopped}: finishing what is under way`)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((done) => {
    timer = setTimeout(done, drainLimit, 'late')
  })
  const outcome = await Promise.race([server.close(), late])
  clearTimeout(timer)
  if (outcome !== 'late') return 0
  throw new StartError(
    'something was still under way after 10 s and was cut off',
    'Nothing acknowledged is lost',
  )
}
