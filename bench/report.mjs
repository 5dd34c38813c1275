// What was measured, printed: a table for the terminal, a file for each version of Node, and docs/performance.md from
// all of these files.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { output } from './server.mjs'

const page = fileURLToPath(new URL('../docs/performance.md', import.meta.url))
const major = process.versions.node.split('.')[0]

export const isMet = ({ measured, target, atLeast }) => (atLeast ? measured >= target : measured <= target)

const number = (value) => {
  if (typeof value !== 'number') return String(value)
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return value.toFixed(2).replace(/\.?0+$/, '')
}
const goal = ({ target, atLeast, unit }) => `${atLeast ? '≥' : '≤'} ${number(target)} ${unit}`
const told = (row) => `${number(row.measured)} ${row.unit}`

/** Above this share of a machine used by others, a figure says more about them. */
const tolerable = 0.15
const disturbed = ({ others = 0 }) =>
  others > tolerable ? ` (disturbed: others used ${Math.round(others * 100)} % of the machine)` : ''

/** For the terminal: the figure, what was measured, the target, whether it is met; what lies behind it below. */
export function printTable(rows) {
  for (const row of rows) {
    const verdict = isMet(row) ? 'ok' : 'MISSED'
    console.log(
      `${row.figure.padEnd(82)}  ${told(row).padStart(10)}  ${goal(row).padStart(10)}  ${verdict}${disturbed(row)}`,
    )
    for (const [what, value] of Object.entries(row.behind)) console.log(`    ${what}: ${number(value)}`)
  }
}

/** Keeps a figure's rows for the Node that runs. */
export function keep(name, rows) {
  mkdirSync(output, { recursive: true })
  const file = join(output, `node-${major}.json`)
  const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { figures: {} }
  kept.versions = { node: process.version, openssl: process.versions.openssl }
  kept.day = new Date().toISOString().slice(0, 10)
  kept.machine = machine()
  kept.figures[name] = rows
  writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`)
}

function machine() {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${availableParallelism()} cores (${model}), ${memory} GiB of memory, ${process.platform} ${release()}`
}

/** What is kept, by version of Node; nothing where no figure was ever measured. */
function keptRuns(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((file) => /^node-\d+\.json$/.test(file))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')))
}

/**
 * Prints docs/performance.md from every kept file; figures come in the order of `names`. False where nothing is kept:
 * the page stays as it is then.
 */
export function writePage(names, { from = output, to = page } = {}) {
  const runs = keptRuns(from)
  if (runs.length === 0) return false
  const all = runs.map(({ figures }) => names.flatMap((name) => figures[name] ?? []))
  const figures = [...new Set(all.flat().map(({ figure }) => figure))]
  const rowsOf = (figure) => all.map((rows) => rows.find((row) => row.figure === figure))
  const table = figures.map((figure) => tableLine(figure, rowsOf(figure)))
  const behind = figures.flatMap((figure) => behindLines(rowsOf(figure)))
  const versions = runs.map(({ versions: { node, openssl } }) => `Node ${node} (OpenSSL ${openssl})`)
  const heads = runs.map(({ versions }) => `Node ${versions.node.slice(1).split('.')[0]}`)
  const text = [
    introduction,
    `Measured on ${runs
      .map(({ day }) => day)
      .sort()
      .at(-1)} with ${runs[0].machine}; ${versions.join(', ')}.`,
    '## Figures and targets',
    [line(['Figure', 'Target', ...heads]), line(['---', '---', ...heads.map(() => '---')]), ...table].join(
      '\n',
    ),
    '## What lies behind them',
    'Rates move with whatever else the machine does; ratios and CPU time much less.',
    [line(['', ...heads]), line(['---', ...heads.map(() => '---')]), ...behind].join('\n'),
    method,
  ]
  writeFileSync(to, `${text.join('\n\n')}\n`)
  return true
}

const line = (cells) => `| ${cells.join(' | ')} |`

function tableLine(figure, rows) {
  const target = goal(rows.find((row) => row !== undefined))
  const cells = rows.map((row) =>
    row ? `${told(row)} ${isMet(row) ? '✓' : '**missed**'}${disturbed(row)}` : 'not measured',
  )
  return line([figure, target, ...cells])
}

function behindLines(rows) {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row?.behind ?? {})))]
  return names.map((name) => line([name, ...rows.map((row) => number(row?.behind[name] ?? '–'))]))
}

const introduction = `# Performance

What Sallyport costs, as ratios against what bounds it, each measured side by side in one run. This page is printed by
\`npm run bench\` from what it measured; run it on the machine that matters to you. Without arguments it takes about
half an hour and more; \`npm run bench -- refresh me\` measures two of the figures, \`--quick\` gives a first idea and
keeps nothing. Run it under several versions of Node and the page shows them side by side.`

const method = `## How it is measured

The server is the bundled program as \`sallyport serve\` runs it, with an SQLite file, every request validated, counted
against its limits and logged to a file. Limits are raised, since all load comes from one address; none is off.
Everybody and everything is on one machine, and the client takes a share of it. The alternatives of a ratio take turns
within one run, in an order that moves on from round to round, and the median of the rounds counts. CPU is the time that
the threads of the measured process spent on a processor (user and system), as the kernel accounts for it, divided by
the requests they served.

- **Refresh**: 64 clients over keep-alive connections, each with its own session and its tokens in order, each waiting
  for one answer before it asks again. Against it: the same SQLite driver in a process that does nothing else, one
  durable transaction (write-ahead log, synchronous=FULL) for each update of the columns that a refresh writes, on the
  same table and the same disk.
- **Verify**: ES256 tokens of the server, through the check that every request with a token goes through, and through
  \`@sallyport/verify\`; bare \`crypto.verify\` gets the same bytes and its signature in the form that it likes best. Known
  tokens come as fresh texts, not as the same string object.
- **\`GET /v1/me\`**: one token, keep-alive connections. Bare \`node:http\` gets the same request and sends the recorded
  answer of the server, header for header, without looking at anything.
- **Log-in**: 16 in flight among 1,000 users. Raw argon2id is \`@node-rs/argon2\` at the server's parameters, as many
  hashes in flight as there are cores.
- **Uniform answers**: one request at a time, 300 of each kind in turns, each for another address: an account whose
  address is proven, one whose address is not, one that is disabled, and none. What is measured is how far apart the
  medians are; log-in is with a wrong password.
- **Start**: from the start of the process to the end of the first answer of \`GET /v1/me\`, with a database that is
  there; bare \`node:http\` the same way. Memory is the resident set.
- **A million users**: two servers, one with 1,000 users and sessions and one with 1,000,000; log-ins of 5,000 different
  users, refreshes of up to 20,000 different sessions, in turns.
- **A million users on a database server**: the same on PostgreSQL and on MariaDB, each as it is configured, on this
  machine (\`BENCH_POSTGRES\` and \`BENCH_MARIADB\` name others); three sessions each, of which 5,000, spread over all, are
  refreshed; log-in is without the hash. Two requests are in flight. CPU of the database is that of the connections that
  served. A page cache that does not hold what is asked for makes the database's part dearer: with 128 MB, as both are
  installed, it was 1.3 times as much for a refresh among a million users. Making the rows takes most of the time;
  \`BENCH_USERS=100000 npm run bench -- size\` does with fewer.
- **Refresh on PostgreSQL**: a server is one thread, and more cores are used by more servers on one database, each of
  which half of the clients ask here.
- **Sweep**: sessions past their end, one in a thousand between them alive, and a server that has just started. Every 10 ms
  somebody refreshes or asks who they are, whatever became of the others; a wait counts from when it was due. Whoever else
  uses the machine makes pauses too: the same before the upkeep began stands beside them, and the CPU that the server's
  own thread used in one go. \`BENCH_ROWS\` asks for another number of sessions.
- **Rivals**: Better Auth 1.7.7 on \`node:http\` and SQLite, and a server as the tutorials build it (Express 5,
  jsonwebtoken, bcrypt, PostgreSQL, Redis); their settings are at the top of \`bench/rivals/better-auth.mjs\` and
  \`bench/rivals/tutorial.mjs\`. 16 in flight. Log-in is compared without the hash: which hash is
  made is a choice, and here nobody makes one. Refresh at Better Auth is \`/token\`, which signs a new JWT for a session
  that stays as it is; session check is \`get-session\` there, a route that answers the user at the tutorial server, and
  \`GET /v1/me\` here. What PostgreSQL and Redis use for it is not counted and stands behind it, while this server's
  database is inside its own process and is.`
