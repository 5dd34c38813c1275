// `npm run check`: every check of the house in a row, one line each with its time, the problems at the end. It takes
// no part in building; what the docs check needs compiled, `tsc -b` has just compiled.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import * as container from './container.mjs'
import * as docs from './docs.mjs'
import * as lock from './lock.mjs'
import * as names from './names.mjs'
import * as repository from './repository.mjs'
import * as rooms from './rooms.mjs'
import * as sizes from './sizes.mjs'
import { readTree, root } from './tree.mjs'

const tree = readTree()
const biome = process.env.CI ? ['ci'] : ['check']

const checks = {
  types: () => program('tsc', ['-b', '--pretty', 'false']),
  biome: () => program('biome', [...biome, '--error-on-warnings', '--colors=off']),
  knip: () => program('knip', ['--no-progress', '--no-config-hints']),
  rooms: () => rooms.check(tree),
  names: () => names.check(tree),
  sizes: () => sizes.check(tree),
  lock: () => lock.check(tree),
  container: () => container.check(tree),
  repository: () => repository.check(tree),
  docs: async () => docs.check(tree, await docs.printNow()),
}

/** Runs an installed program; its output is one problem where it fails. */
function program(name, args) {
  const file = join(root, 'node_modules/.bin', name)
  const { status, stdout, stderr, error } = spawnSync(file, args, { cwd: root, encoding: 'utf8' })
  return status === 0 ? [] : [`${name} ${args[0]}\n${error?.message ?? `${stdout}${stderr}`.trim()}`]
}

async function run(name, check) {
  const started = performance.now()
  let problems
  try {
    problems = await check()
  } catch (error) {
    problems = [`could not run: ${error.message}`]
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(2)
  console.log(`check ${name.padEnd(10)} ${problems.length === 0 ? 'ok' : 'FAILED'} (${seconds} s)`)
  return problems.map((problem) => `${name}: ${problem}`)
}

const problems = []
for (const [name, check] of Object.entries(checks)) problems.push(...(await run(name, check)))
for (const problem of problems) console.error(`\n${problem}`)
const count = Object.keys(checks).length
console.log(problems.length === 0 ? `\n${count} checks passed` : `\n${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1
