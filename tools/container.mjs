// The image and its compose file, read by a linter and by rules of our own, because no engine runs where this is
// built: it is not built here, only read.
import { validate } from 'dockerfile-utils'
import { parse } from 'yaml'
import { settingsOf, unknown } from './container-settings.mjs'

/**
 * @param {{ files: string[], read: (path: string) => string }} tree
 * @returns {string[]} problems
 */
export function check({ files, read }) {
  const images = files.filter((path) => /(^|\/)Dockerfile$/.test(path))
  const stacks = files.filter((path) => /(^|\/)compose[\w.-]*\.yaml$/.test(path))
  if (images.length === 0 || stacks.length === 0)
    return ['container: no Dockerfile or no compose.yaml was found, so nothing was checked']
  return [
    ...images.flatMap((path) => image(read(path)).map((problem) => `${path}: ${problem}`)),
    ...stacks.flatMap((path) => stack(read(path)).map((problem) => `${path}: ${problem}`)),
    ...stacks.flatMap((path) => unknown(read(path), settingsOf(files, read)).map((one) => `${path}: ${one}`)),
  ]
}

function image(text) {
  const linted = validate(text).map(({ range, message }) => `line ${range.start.line + 1}: ${message}`)
  const final = text.slice(text.lastIndexOf('\nFROM '))
  const lines = final.split('\n')
  const user = lines
    .findLast((line) => line.startsWith('USER '))
    ?.slice(5)
    .trim()
  const rules = [
    [user && user !== 'root' && user !== '0', 'the last stage runs as root: name a USER'],
    [/^HEALTHCHECK /m.test(final), 'has no HEALTHCHECK'],
    [/^ENTRYPOINT \[/m.test(final), 'needs an ENTRYPOINT in JSON form, or signals do not arrive'],
    [!/^ADD /m.test(text), 'ADD fetches and unpacks: use COPY'],
    [!/npm (install|i)\b/.test(text), 'npm install may change the lock: use npm ci'],
    [!/(SECRET|PASSWORD|TOKEN)=\S/.test(text), 'holds a secret'],
    [
      /^FROM /m.test(text) && !/^FROM \S+(:latest)?( AS \w+)?$/m.test(untagged(text)),
      'a base image has no version',
    ],
  ]
  return [...linted, ...rules.filter(([holds]) => !holds).map(([, problem]) => problem)]
}

/** The FROM lines that name neither a version nor an earlier stage. */
function untagged(text) {
  const stages = [...text.matchAll(/^FROM \S+ AS (\w+)$/gm)].map(([, name]) => name)
  const from = text.split('\n').filter((line) => line.startsWith('FROM '))
  return from
    .filter((line) => !/^FROM \S+:(?!latest)\S+/.test(line) && !stages.includes(line.split(' ')[1]))
    .join('\n')
}

function stack(text) {
  const { services = {}, volumes = {}, secrets = {} } = parse(text, { merge: true })
  if (Object.keys(services).length === 0) return ['has no services']
  const problems = Object.entries(services).flatMap(([name, one]) => [
    ...(one.build !== undefined ? hardened(name, one) : []),
    ...(one.volumes ?? []).flatMap((entry) => named(name, 'volume', String(entry).split(':')[0], volumes)),
    ...(one.secrets ?? []).flatMap((entry) => named(name, 'secret', entry, secrets)),
    ...Object.keys(one.depends_on ?? {}).flatMap((other) => named(name, 'service', other, services)),
    ...Object.entries(one.environment ?? {}).flatMap(([key, value]) => plain(name, key, value)),
  ])
  return problems
}

function hardened(name, { read_only, user, cap_drop = [], security_opt = [] }) {
  const rules = [
    [read_only === true, 'its root file system can be written: read_only: true'],
    [user !== undefined && user !== 'root', 'runs as root: name a user'],
    [cap_drop.includes('ALL'), 'keeps capabilities: cap_drop: [ALL]'],
    [security_opt.includes('no-new-privileges:true'), 'may gain privileges: no-new-privileges:true'],
  ]
  return rules.filter(([holds]) => !holds).map(([, problem]) => `${name}: ${problem}`)
}

function named(service, kind, name, known) {
  const local = kind === 'volume' && /^[./]/.test(name)
  return local || Object.hasOwn(known, name) ? [] : [`${service}: the ${kind} ${name} is not declared`]
}

function plain(service, key, value) {
  const secret = /(SECRET|PASSWORD|TOKEN)$/.test(key) && !/^\$\{/.test(String(value))
  return secret ? [`${service}: ${key} stands here in the clear: use ${key}_FILE and a secret`] : []
}
