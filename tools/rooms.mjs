// Who may import whom, over the sources: types, dynamic imports and worker files count as imports. The law itself is
// the table in rooms-table.mjs. Tests and their rooms may import anything, and nothing imports them.
import { posix } from 'node:path'
import { drivers, rooms, roots, testRooms, testTools } from './rooms-table.mjs'
import { isTest, readSource } from './source.mjs'

const table = rooms.map(([room, allowed]) => ({ room, pattern: toPattern(room), allowed }))

// A suite that several engines run: it speaks to the test runner without being a test of its own.
const conformance = /(^|\/)conformance(\.ts$|\/)/

/**
 * @param {{ files: string[], read: (path: string) => string }} tree
 * @returns {string[]} problems
 */
export function check(tree) {
  const sources = tree.files.filter((path) => /^packages\/[^/]+\/src\/.*\.(ts|tsx|mts)$/.test(path))
  if (sources.length === 0) return ['rooms: no source files were found, so nothing was checked']
  const problems = []
  for (const path of sources) {
    const from = shorten(path)
    const law = table.find(({ pattern }) => pattern.test(from))
    if (!law) problems.push(`${path}: is in no room that tools/rooms.mjs knows`)
    for (const { specifier, how, line } of readSource(path, tree.read(path)).imports) {
      const reason = law && trespass({ path, from, law, specifier, how })
      if (reason) problems.push(`${path}:${line}: ${reason}`)
    }
  }
  return problems
}

function trespass({ path, from, law, specifier, how }) {
  const free = isTest(path) || testRooms.includes(law.room)
  if (specifier === undefined)
    return free ? undefined : 'a computed import cannot be checked: name the module'
  const to = resolve(path, specifier)
  if (to === undefined) return free ? undefined : foreign(from, specifier, how)
  if (to.startsWith('packages/'))
    return free ? undefined : `imports ${specifier}, which is outside every src/`
  if (isTest(to)) return `imports the test ${to}; nothing imports a test`
  if (free || (conformance.test(from) && conformance.test(to))) return undefined
  if (testRooms.some((room) => to.startsWith(room)) || conformance.test(to))
    return `imports ${to}; only tests may`
  const engine = /^(.*\bengines\/)/.exec(to)?.[1]
  if (engine && !roots.includes(from) && !from.startsWith(engine))
    return `imports the engine ${to}; only ${roots.join(', ')} and its neighbours in ${engine} may`
  const own = law.pattern.exec(from)[1]
  if (law.allowed.some((allowed) => toPattern(allowed.replace('$1', own)).test(to))) return undefined
  return `${law.room} may not import ${to}`
}

/** What somebody else's package, or Node, may be imported by. */
function foreign(from, specifier, how) {
  if (from.startsWith('@protocol/') && specifier.startsWith('node:'))
    return `protocol runs anywhere: no ${specifier}`
  if (/^(fastify|@fastify\/.*)$/.test(specifier) && !/^(http\/|server\.ts)/.test(from))
    return `${specifier} belongs in http/`
  if (testTools.test(specifier) && !conformance.test(from)) return `${specifier} belongs in tests`
  if (!drivers.test(specifier)) return undefined
  if (!from.includes('engines/')) return `the driver ${specifier} belongs in engines/`
  if (how === 'static' && !/^kysely/.test(specifier))
    return `${specifier} must be imported on first use, not at once`
}

/** The imported file as a short path, `packages/…` where it leaves src, or undefined for somebody else's package. */
function resolve(path, specifier) {
  if (specifier.startsWith('@sallyport/')) return `@${specifier.slice(11)}/index.ts`
  if (!specifier.startsWith('.')) return undefined
  return shorten(
    posix
      .join(posix.dirname(path), specifier)
      .replace(/\.js$/, '.ts')
      .replace(/\.mjs$/, '.mts'),
  )
}

function shorten(path) {
  return path.replace(/^packages\/server\/src\//, '').replace(/^packages\/([^/]+)\/src\//, '@$1/')
}

function toPattern(rule) {
  return new RegExp(
    `^${rule.replaceAll('.', '\\.').replaceAll('*', '([^/]+)')}${rule.endsWith('/') ? '' : '$'}`,
  )
}
