// `sallyport serve`: production. Refuses to start rather than run with something an attacker could use.
import { checkIssuer, host, logLevel, port } from '../config/settings.js'
import { jsonLog } from './log.js'
import { type Asked, firstSignal, load, prepare, serveUntil, start } from './start.js'
import { watchUnexpected } from './unexpected.js'
import { version } from './version.js'

/** Runs until it is told to stop; answers the exit code. */
export async function serve(asked: Asked): Promise<number> {
  const mode = 'production'
  const { settings, origins } = await load(mode, asked)
  checkIssuer(settings)
  const secret = prepare(settings, mode)
  const { log, flush } = jsonLog(settings.get(logLevel))
  watchUnexpected(log, flush)
  const stopped = firstSignal()
  try {
    const server = await start({ settings, origins, mode, secret, log })
    log.info({ version, host: settings.get(host), port: settings.get(port) }, 'listening')
    void flush()
    return await serveUntil(stopped, server, (line) => log.info({}, line))
  } finally {
    await flush()
  }
}
