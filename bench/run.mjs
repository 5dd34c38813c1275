// `npm run bench [-- <figure>…] [--quick] [--profile]`: measures the figures named, or all of them, under the Node that
// runs it; prints a table; keeps the results in bench/out and prints docs/performance.md from all that are kept, so
// that runs under several versions of Node end up side by side. With --quick it measures roughly and keeps nothing.
// With --profile it leaves CPU profiles of the server in bench/out/profiles and keeps nothing.
// A figure is a file figure-<name>.mjs; its measure() answers rows of { figure, measured, target, atLeast, unit, behind }.
import { parseArgs } from 'node:util'
import { othersShare } from './measure.mjs'
import { keep, printTable, writePage } from './report.mjs'
import { removeData } from './server.mjs'

const figures = [
  'refresh',
  'postgres',
  'redis',
  'verify',
  'me',
  'gate',
  'login',
  'uniform',
  'pages',
  'start',
  'growth',
  'contract',
  'import',
  'size',
  'sweep',
  'rivals',
]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean' }, profile: { type: 'boolean' } },
})
const unknown = positionals.find((name) => !figures.includes(name))
if (unknown !== undefined) {
  console.error(`There is no figure ${unknown}; there are ${figures.join(', ')}.`)
  process.exit(2)
}

const begin = performance.now()
const clock = () => `${Math.round((performance.now() - begin) / 1000)} s`.padStart(6)
const say = (name) => (what) => console.error(`${clock()}  ${name}: ${what}`)
try {
  for (const name of positionals.length > 0 ? positionals : figures) await run(name)
  if (!values.quick && !values.profile && !writePage(figures)) {
    console.error(
      'docs/performance.md stays as it is: no figure could be measured, and none is kept in bench/out.',
    )
    process.exitCode = 1
  }
} finally {
  removeData()
}

/** One figure; where it cannot be measured the others still are. */
async function run(name) {
  try {
    const { measure } = await import(`./figure-${name}.mjs`)
    const others = await othersShare()
    const measured = await measure({ ...values, say: say(name) })
    const rows = measured.map((row) => ({ ...row, others }))
    printTable(rows)
    if (!values.quick && !values.profile) keep(name, rows)
  } catch (error) {
    console.error(`${name} could not be measured:`, error)
    process.exitCode = 1
  }
}
