// `sallyport dev`: everything on this machine, nothing to configure, one line for each event.
import { relative, resolve } from 'node:path'
import { setUpLink } from '@sallyport/protocol'
import { checkLoopback, dataDir, isEmbedded, logLevel, shownDatabase } from '../config/settings.js'
import { operatorOn, type Server, type ServerOptions } from '../server.js'
import { banner, messageLine, styleFor } from './lines.js'
import { readableLog } from './log.js'
import { type Asked, firstSignal, load, prepare, serveUntil, start } from './start.js'
import { watchUnexpected } from './unexpected.js'
import { version } from './version.js'

/** Runs until it is told to stop; answers the exit code. */
export async function dev(asked: Asked): Promise<number> {
  const mode = 'development'
  const { settings, origins } = await load(mode, asked)
  checkLoopback(settings)
  const secret = prepare(settings, mode)
  const style = styleFor(process.stdout, process.env)
  const say = (text: string) => process.stdout.write(text)
  const log = readableLog(settings.get(logLevel), style, say)
  const announce: ServerOptions['announce'] = (message) => say(messageLine(message, new Date(), style))
  watchUnexpected(log, async () => {})
  const stopped = firstSignal()
  const server = await start({ settings, origins, mode, secret, log, announce })
  const next = await firstAdministrator(server, process.stdout.isTTY === true)
  say(
    banner(
      version,
      isEmbedded(settings) ? shownPath(settings.get(dataDir)) : shownDatabase(settings),
      server.urls,
      style,
      next,
    ),
  )
  if (secret.warning) log.warn({}, secret.warning)
  return serveUntil(stopped, server, (line) => say(`\n${line}\n`))
}

/**
 * How the first administrator is made, as long as nobody ever was one. The link is a secret: it is said to whoever sits
 * at a terminal, and never to a file or a pipe, because logs travel.
 */
async function firstAdministrator({ context }: Server, attended: boolean): Promise<string | undefined> {
  const operator = operatorOn(context)
  if (!(await operator.awaitsFirst())) return undefined
  if (!attended) return 'no administrator yet: sallyport admin link'
  const { token } = await operator.call(setUpLink, {})
  return `Create the administrator (once, 15 min): ${operator.issuer}/setup#${token}`
}

/** A path as short as it can be said from here. */
function shownPath(path: string): string {
  const near = relative(process.cwd(), resolve(path))
  return near.startsWith('..') ? resolve(path) : `./${near}`
}
