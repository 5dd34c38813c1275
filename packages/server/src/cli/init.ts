// `sallyport init`: sallyport.yaml and .env for a server of one's own. Asks four questions where somebody is there to
// answer; otherwise takes settings as flags. Never writes over a file without --force, and never over a master secret:
// what it sealed would be lost.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError, type Problem, StartError } from '../config/errors.js'
import { readFlags } from '../config/flags.js'
import { reasonOf } from '../config/given.js'
import { dataDir, isPublishable, issuer } from '../config/settings.js'
import { settings as declared } from '../server.js'
import type { Setting } from '../util/setting.js'
import { ask, isAttended } from './ask.js'
import type { Call, Run } from './call.js'
import { envFile } from './env-file.js'
import { json, out, say } from './print.js'
import { usage } from './speak.js'

const file = 'sallyport.yaml'

/** What is asked, and what is proposed. */
const questions: readonly (readonly [setting: string, question: string, proposed: string])[] = [
  ['issuer', 'Public URL of this server', 'http://localhost:4400'],
  ['data_dir', 'Directory for its data', './.sallyport'],
  ['origins', 'Origins of browser applications, with commas (none: leave empty)', ''],
  ['trusted_proxies', 'Addresses of proxies in front of it (none: leave empty)', ''],
]

export const init: Run = async (call) => {
  const force = call.options.force ?? false
  const secretIsThere = checkFiles(force)
  const values = flagValues(call)
  if (isAttended()) await askRest(values)
  else if (!values.has('issuer'))
    throw usage(
      'the public URL is not said, and nobody is there to ask',
      'sallyport init --issuer https://auth.example.com',
    )
  const secret = oldSecret(String(values.get('data_dir') ?? dataDir.fallback))
  put(file, yamlOf(values), 0o644)
  const files = secretIsThere ? [file] : [file, envFile]
  if (secretIsThere) say(`${envFile} has a master secret already, and was left as it is.`)
  else {
    put(envFile, envOf(secret), 0o600)
    say(`Keep a copy of the secret in ${envFile} in a safe place, and keep the file out of version control.`)
  }
  await out(call.options.json ? json({ files }) : files.map((path) => `${path}\n`).join(''))
  say('→ sallyport migrate, then sallyport serve')
  return 0
}

/** Whether .env holds a master secret already. Throws StartError where a file would be written over. */
function checkFiles(force: boolean): boolean {
  const env = existsSync(envFile) ? readFileSync(envFile, 'utf8') : undefined
  const hasSecret = env !== undefined && /^\s*(export\s+)?SALLYPORT_SECRET(_FILE)?\s*=/m.test(env)
  const taken = [existsSync(file) && file, env !== undefined && !hasSecret && envFile].filter(Boolean)
  if (taken.length > 0 && !force)
    throw new StartError(
      `${taken.join(' and ')} ${taken.length > 1 ? 'are' : 'is'} there already`,
      'sallyport init --force writes over it; a master secret in .env is kept',
    )
  return hasSecret
}

function flagValues({ asked }: Call): Map<string, unknown> {
  const { given, problems } = readFlags(asked.flags, new Map(declared.map((one) => [one.name, one])))
  const values = new Map<string, unknown>()
  for (const { setting, raw, where } of given) {
    const problem = problemOf(setting, raw, where)
    if (problem) problems.push(problem)
    else values.set(setting.name, raw)
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return values
}

function problemOf(setting: Setting<unknown>, raw: unknown, where: string): Problem | undefined {
  const { name, expected } = setting
  const says = setting.secret
    ? `${name} is a secret, which belongs into ${envFile} or the environment`
    : setting.developmentOnly
      ? `${name} is for development only`
      : setting.parse(raw) === undefined
        ? `${name} is ${String(raw)}, expected ${expected}`
        : name === issuer.name && !isPublishable(String(raw))
          ? `${name} is ${String(raw)}; beyond this machine sallyport serve takes https only`
          : undefined
  return says === undefined ? undefined : { name, source: 'flag', where, says }
}

async function askRest(values: Map<string, unknown>): Promise<void> {
  for (const [name, question, proposed] of questions) {
    if (values.has(name)) continue
    const setting = settingOf(name)
    let answer = await ask(question, proposed)
    while (answer !== '') {
      const problem = problemOf(setting, answer, name)
      if (problem === undefined) break
      say(`${problem.says}.`)
      answer = await ask(question, proposed)
    }
    if (answer !== '') values.set(name, answer)
  }
}

const settingOf = (name: string) => declared.find((setting) => setting.name === name)!

function yamlOf(values: ReadonlyMap<string, unknown>): string {
  const asked = questions.map(([name]) => name)
  const names = [...asked, ...[...values.keys()].filter((name) => !asked.includes(name))]
  const entries = names.map((name) => {
    const setting = settingOf(name)
    const raw = values.get(name)
    const line =
      raw === undefined ? `# ${name}: ${setting.shown || '[]'}` : `${name}: ${yamlValue(setting, raw)}`
    return `\n# ${setting.doc}\n${line}\n`
  })
  return `# Settings of Sallyport; all of them with their values: sallyport config\n${entries.join('')}`
}

/** JSON is YAML; what needs no quotes gets none. */
function yamlValue(setting: Setting<unknown>, raw: unknown): string {
  const parsed = setting.parse(raw)
  if (Array.isArray(parsed) || typeof parsed === 'boolean') return JSON.stringify(parsed)
  const text = String(raw)
  const isPlain = /^[A-Za-z0-9.][A-Za-z0-9:/._-]*[A-Za-z0-9]$|^\d$/.test(text) && text !== 'null'
  return isPlain ? text : JSON.stringify(text)
}

/** The secret that `sallyport dev` made in the data directory: what it sealed has to stay readable. */
function oldSecret(directory: string): string {
  const path = join(directory, 'secret')
  if (!existsSync(path)) return randomBytes(32).toString('base64url')
  say(`The secret in ${path} is taken over.`)
  return readFileSync(path, 'utf8').trim()
}

function envOf(secret: string): string {
  const before = existsSync(envFile) ? `${readFileSync(envFile, 'utf8').trimEnd()}\n\n` : ''
  return `${before}# The master secret of Sallyport: without it nothing that was sealed can be opened.\nSALLYPORT_SECRET=${secret}\n`
}

/** Written aside, then moved into place: nobody ever reads half a file, and its mode holds from the first moment. */
function put(path: string, text: string, mode: number): void {
  const draft = `${path}.${process.pid}.draft`
  try {
    writeFileSync(draft, text, { flag: 'wx', mode })
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw new StartError(
      `${path} cannot be written (${reasonOf(error)})`,
      'See who owns this directory: ls -ld .',
    )
  }
}
