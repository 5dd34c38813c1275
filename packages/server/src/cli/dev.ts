// `sallyport dev`: everything on this machine, nothing to configure, one line for each event.
import { relative, resolve } from 'node:path'
import { checkLoopback, dataDir, logLevel } from '../config/settings.js'
import type { ServerOptions } from '../server.js'
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
  say(banner(version, shownPath(settings.get(dataDir)), server.urls, style))
  if (secret.warning) log.warn({}, secret.warning)
  return serveUntil(stopped, server, (line) => say(`\n${line}\n`))
}

/** A path as short as it can be said from here. */
function shownPath(path: string): string {
  const near = relative(process.cwd(), resolve(path))
  return near.startsWith('..') ? resolve(path) : `./${near}`
}
