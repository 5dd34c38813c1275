// `sallyport doctor`: looks for what is wrong or unsafe and says what mends it, a line each. Gathers the facts;
// findings.ts judges them. Exit code 1 where something fails.
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { listAudit, listOutbox, native } from '@sallyport/protocol'
import { StartError } from '../config/errors.js'
import type { Loaded } from '../config/load.js'
import { readSecret } from '../config/secret.js'
import { dataDir, isEmbedded, issuerOf, shownDatabase } from '../config/settings.js'
import {
  settings as declared,
  examineBeside,
  examineDelivery,
  migrations,
  type Operator,
  openEngine,
} from '../server.js'
import { systemClock } from '../util/clock.js'
import { measureOffset } from '../util/offset.js'
import type { Settings } from '../util/setting.js'
import type { Run } from './call.js'
import { envFile } from './env-file.js'
import {
  aboutCertificate,
  aboutClock,
  aboutCookies,
  aboutDatabaseClock,
  aboutDevelopment,
  aboutDisk,
  aboutIssuer,
  aboutMail,
  aboutModes,
  aboutPasswords,
  aboutProxies,
  aboutRedis,
  aboutServer,
  bad,
  type Finding,
  ok,
  warn,
} from './findings.js'
import { styleFor } from './lines.js'
import { assertDatabase, databaseFile, openLoaded } from './open.js'
import { json, out, progress, progressDone, say } from './print.js'
import { certificateEnd, get } from './probe.js'
import { load, storeError } from './start.js'

/** Larger databases are read from end to end with `--deep` only. Bytes. */
const CHEAP = 512 * 2 ** 20
const wireName = (name: string) => declared.find((setting) => setting.name === name)!

export const doctor: Run = async ({ asked, options }) => {
  const loaded = await load('development', asked)
  progress('Looking…')
  const findings = [
    ...(await ofServer(loaded.settings)),
    ...ofSettings(loaded),
    ...ofFiles(loaded.settings),
    ...(await ofRedis(loaded.settings)),
    ...(await ofDatabase(loaded, options.deep ?? false)),
  ]
  progressDone()
  const failed = findings.filter(({ verdict }) => verdict === 'fail').length
  const warned = findings.filter(({ verdict }) => verdict === 'warn').length
  if (options.json) await out(json({ findings }))
  else await out(linesOf(findings))
  say(failed + warned === 0 ? 'Nothing is wrong.' : `${failed} to mend, ${warned} to look at.`)
  return failed > 0 ? 1 : 0
}

function linesOf(findings: readonly Finding[]): string {
  const style = styleFor(process.stdout, process.env)
  const tones = { ok: style.dim, warn: style.warn, fail: style.bad }
  const lines = findings.map(({ verdict, about, says, fix }) => {
    const head = `${tones[verdict](verdict.padEnd(4))}  ${about.padEnd(10)}  ${says}\n`
    return fix === undefined ? head : `${head}${' '.repeat(18)}→ ${fix}\n`
  })
  return lines.join('')
}

async function ofServer(settings: Settings): Promise<Finding[]> {
  const issuer = issuerOf(settings)
  const answer = await get(`${issuer}/.well-known/oauth-authorization-server`)
  const now = systemClock.now()
  const findings = [aboutIssuer(issuer), aboutServer(issuer, answer)]
  if ('failed' in answer) return findings
  if (issuer.startsWith('https:')) findings.push(aboutCertificate(await certificateEnd(issuer), now))
  if (answer.date !== undefined) findings.push(aboutClock(answer.date, now))
  return findings
}

function ofSettings({ settings, origins }: Loaded): Finding[] {
  const on = declared
    .filter(({ name, developmentOnly }) => developmentOnly && origins.get(name)?.source !== 'default')
    .map(({ name }) => name)
  const least = settings.get(wireName('password.min_length')) as number
  const contracts = [native].map(({ name, password }) => ({ of: name, min: password?.min ?? least }))
  return [
    aboutCookies(issuerOf(settings), settings.get(wireName('origins')) as string[]),
    ofSecret(settings),
    aboutPasswords([...contracts, { of: 'password.min_length', min: least }]),
    aboutDevelopment(on),
  ]
}

function ofSecret(settings: Settings): Finding {
  try {
    readSecret(settings, 'production')
    return ok('secret', 'is long and random')
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    return bad('secret', error.message, error.next)
  }
}

function ofFiles(settings: Settings): Finding[] {
  const directory = resolve(settings.get(dataDir))
  const modes = process.platform === 'win32' ? [] : [aboutModes(kept(settings, directory))]
  if (!isEmbedded(settings)) return modes
  if (!existsSync(directory))
    return [...modes, bad('disk', `${directory} does not exist`, 'sallyport migrate makes it')]
  try {
    accessSync(directory, constants.W_OK)
  } catch {
    const fix = `Let this user write there: ls -ld ${directory}`
    return [...modes, bad('disk', `${directory} cannot be written by this user`, fix)]
  }
  const { bavail, blocks, bsize } = statfsSync(directory)
  return [...modes, aboutDisk(directory, bavail * bsize, blocks * bsize)]
}

/** What nobody else should read, as far as it is there. */
function kept(settings: Settings, directory: string) {
  const file = databaseFile(settings)
  const paths = [directory, join(directory, 'secret'), envFile, ...(file ? [file, `${file}-wal`] : [])]
  // A file in a closed directory is closed, whatever its own mode is.
  const isClosed = (path: string) => (statSync(dirname(resolve(path))).mode & 0o077) === 0
  return paths
    .filter((path) => existsSync(path) && !isClosed(path))
    .map((path) => ({ path, mode: statSync(path).mode }))
}

async function ofRedis(settings: Settings): Promise<Finding[]> {
  try {
    const beside = await examineBeside(settings)
    return beside === undefined ? [] : aboutRedis(beside)
  } catch (error) {
    const told = storeError(error, settings)
    if (!(told instanceof StartError)) throw error
    return [bad('redis', told.message, told.next)]
  }
}

async function ofDatabase(loaded: Loaded, deep: boolean): Promise<Finding[]> {
  const { settings } = loaded
  try {
    assertDatabase(settings)
    const [schema, ...others] = await ofSchema(settings, deep)
    if (schema!.verdict === 'fail') return [schema!, ...others]
    return [schema!, ...others, ...(await ofContents(loaded))]
  } catch (error) {
    const told = storeError(error, settings)
    if (!(told instanceof StartError)) throw error
    return [bad('database', told.message, told.next)]
  }
}

async function ofSchema(settings: Settings, deep: boolean): Promise<Finding[]> {
  const engine = await openEngine(settings)
  try {
    const pending = await engine.pending(migrations)
    const names = pending.map(({ name }) => name).join(', ')
    const schema =
      pending.length === 0
        ? ok('schema', 'up to date')
        : bad('schema', `migrations are pending: ${names}`, 'sallyport migrate')
    if (!engine.inspect) {
      await engine.ping()
      const answers = ok('database', `${shownDatabase(settings)} answers and takes writes`)
      return [schema, answers, ...(engine.time ? [aboutDatabaseClock(await measureOffset(engine.time))] : [])]
    }
    const size = statSync(databaseFile(settings)!).size
    if (size > CHEAP && !deep)
      return [
        schema,
        warn('database', 'is large and was not read from end to end', 'sallyport doctor --deep'),
      ]
    const [broken] = await engine.inspect()
    if (broken === undefined) return [schema, ok('database', 'is whole')]
    return [
      schema,
      bad('database', broken, 'Stop the server, keep a copy of the file, and go back to a backup'),
    ]
  } finally {
    await engine.close()
  }
}

async function ofContents(loaded: Loaded): Promise<Finding[]> {
  const operator = await openLoaded(loaded)
  try {
    const { settings } = loaded
    const { items } = await operator.call(listAudit, { limit: 200 })
    const seen = items.flatMap(({ ip, actor }) => (ip !== undefined && actor !== 'operator' ? [ip] : []))
    const trusted = settings.get(wireName('trusted_proxies')) as string[]
    const administrators = await operator.administrators()
    const admin =
      administrators === 0
        ? warn('admin', 'there is no administrator yet', 'sallyport admin link')
        : ok('admin', `${administrators} active`)
    const proxies = aboutProxies(issuerOf(settings), trusted, seen)
    return [proxies, admin, ...(await ofMail(loaded, operator)), ...(await ofReplacement(operator))]
  } finally {
    await operator.close()
  }
}

/** Mail and SMS: what carries them, and whether it does. */
async function ofMail({ settings }: Loaded, operator: Operator): Promise<Finding[]> {
  const { ways, trouble } = await examineDelivery({ settings })
  const given = await operator.call(listOutbox, { state: 'failed', limit: 1 })
  const mail = aboutMail(ways.email, trouble, given.total_estimate)
  return ways.sms === undefined ? [mail] : [mail, ok('sms', `goes out by ${ways.sms}`)]
}

/** The other master secret: whether it may go. */
async function ofReplacement(operator: Operator): Promise<Finding[]> {
  const found = await operator.replacement()
  if (!found) return []
  const { droppable, sealed, rewrappedAt } = found
  if (droppable)
    return [warn('secret_also', 'is needed for nothing any more', 'Take SALLYPORT_SECRET_ALSO away')]
  if (sealed > 0 || rewrappedAt === undefined)
    return [
      warn('secret_also', `is still needed: ${sealed} things are sealed under it`, 'sallyport secret rewrap'),
    ]
  const fix = 'Wait until they refresh or end, or: sallyport secret rewrap --end-all-sessions'
  return [warn('secret_also', 'is still needed by sessions that were not refreshed since', fix)]
}
