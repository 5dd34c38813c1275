// Whether the time of an answer tells what kind of account an address has: 300 requests of each kind, one at a time and
// in turns, where the answers are alike. Sign-up is one where addresses are proven first.
import { median } from './measure.mjs'
import { identifierOf, openDatabase, seed } from './seed.mjs'
import { makeData, openServer } from './server.mjs'
import { openLine, postRequest } from './wire.mjs'

const samples = 300
/** How far apart medians may be: so many milliseconds, or this share of them. */
const allowed = { milliseconds: 5, share: 0.05 }

/** Kinds of accounts, and whose address the nth sample of one is. */
const kinds = ['known', 'unverified', 'disabled', 'unknown']
const addressOf = {
  known: (at) => identifierOf(3 * at + 1),
  unverified: (at) => identifierOf(3 * at + 2),
  disabled: (at) => identifierOf(3 * at + 3),
  unknown: (at, act) => `nobody${at}.${act}@example.test`,
}

const acts = [
  ['forgotten password', '/v1/password/forgot', (email) => ({ email })],
  ['code to log in', '/v1/login/code', (email) => ({ email })],
  ['verification again', '/v1/email/verify/resend', (email) => ({ email })],
  ['sign-up', '/v1/signup', (email) => ({ email, password: 'a gate beneath the oak' })],
  ['log-in, wrong password', '/v1/login', (identifier) => ({ identifier, password: 'wrong password' })],
]

export async function measure({ quick, say }) {
  const data = makeData('uniform')
  const count = quick ? 30 : samples
  await seed(data, 3 * (count + warm), 0)
  await tellApart(data)
  const server = await openServer(data, { flags: ['--signup.require_verified=true'] })
  try {
    const rows = []
    for (const [name, path, body] of acts) {
      say(name)
      rows.push(row(name, await takeTurns(server.port, path, body, count)))
    }
    return rows
  } finally {
    await server.stop()
  }
}

/** Samples before the first that counts. */
const warm = 10

/** Of every three people one has proven their address, and one is disabled. */
async function tellApart({ database }) {
  const db = await openDatabase(database)
  const number = "CAST(substr(email, 7, instr(email, '@') - 7) AS INTEGER)"
  db.exec(`UPDATE users SET email_verified = 1 WHERE ${number} % 3 <> 2`)
  db.exec(`UPDATE users SET status = 'disabled' WHERE ${number} % 3 = 0`)
  db.close()
}

/** In another order each time: what one request leaves to be done must not always fall on the same other kind. */
function shuffled(all) {
  const drawn = all.map((one) => [Math.random(), one])
  return drawn.sort(([a], [b]) => a - b).map(([, one]) => one)
}

/** Milliseconds of each sample by kind. */
async function takeTurns(port, path, body, count) {
  const taken = Object.fromEntries(kinds.map((kind) => [kind, []]))
  const line = openLine(port, (error) => {
    throw error
  })
  await line.opened
  const ask = (request) => new Promise((resolve) => line.ask(request, resolve))
  const statuses = new Set()
  for (let at = 0; at < count + warm; at++)
    for (const kind of shuffled(kinds)) {
      const request = postRequest(port, path, JSON.stringify(body(addressOf[kind](at, path.length))))
      const began = performance.now()
      statuses.add(await ask(request))
      if (at >= warm) taken[kind].push(performance.now() - began)
    }
  line.close()
  if (statuses.size !== 1) throw new Error(`${path} answered ${[...statuses].join(' and ')}`)
  return taken
}

function row(name, taken) {
  const medians = Object.fromEntries(kinds.map((kind) => [kind, median(taken[kind])]))
  const all = Object.values(medians)
  return {
    figure: `${name}: the largest difference between medians of kinds of accounts`,
    measured: Math.max(...all) - Math.min(...all),
    target: Math.max(allowed.milliseconds, allowed.share * median(all)),
    unit: 'ms',
    behind: Object.fromEntries(
      kinds.map((kind) => [`${name}: ${kind}, median ms of ${taken[kind].length}`, medians[kind]]),
    ),
  }
}
