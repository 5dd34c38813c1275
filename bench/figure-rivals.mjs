// What log-in without the hash, refresh and the session check cost other servers, against what they cost this one: CPU
// of the server's process for a request, everything in one run. What the tutorial server's databases use for them besides
// is not counted, and stands behind it; ours has its database inside.
import { startLoad } from './child.mjs'
import { cpuOfPrograms, interleave, median, withCpu } from './measure.mjs'
import { installRivals, openBetterAuth, openTutorial, whyNoTutorial } from './open-rivals.mjs'
import { identifierOf, password, seed, shared } from './seed.mjs'
import { copyWithoutHash, makeData, openServer } from './server.mjs'
import { accessTokenOf, askOnce, getRequest, postRequest, refreshTokenOf } from './wire.mjs'

const people = 1000
const connections = 16
const lines = Array.from({ length: connections }, (_, line) => line)
const identifiers = Array.from({ length: people }, (_, at) => identifierOf(at + 1))

const acts = {
  login: { what: 'log-in without the hash', better: 6, tutorial: 1.5 },
  refresh: { what: 'refresh', better: 6, tutorial: 2 },
  check: { what: 'session check', better: 15, tutorial: 3 },
}

export async function measure({ quick, say, profile }) {
  installRivals(say)
  const absent = await whyNoTutorial()
  if (absent) say(`the tutorial server is left out: ${absent}`)
  const load = startLoad()
  const servers = []
  const start = async (opening) => {
    const server = await opening
    servers.push(server)
    return server
  }
  try {
    const sides = [await openOurs(load, start, profile && 'rivals')]
    say('people sign up with the rivals')
    sides.push(await openBetter(load, start))
    if (!absent) sides.push(await openTutorialSide(load, start))
    const alternatives = {}
    for (const act of Object.keys(acts))
      for (const side of sides) alternatives[`${act}, ${side.name}`] = side[act]
    say('everybody warms up')
    for (const run of Object.values(alternatives)) await run(quick ? 3 : 6)
    const timed = Object.entries(alternatives).map(([name, run]) => [name, () => run(quick ? 1 : 3)])
    return report(await interleave(quick ? 3 : 5, Object.fromEntries(timed), say))
  } finally {
    load.stop()
    for (const server of servers) await server.stop()
  }
}

/**
 * Runs jobs against a server. Where answers are cheap the client is asked to stay awake, else a slow server would pay
 * for waking it and a fast one not; elsewhere that would only take a core from servers with several threads.
 */
function runner(load, { pid, port }) {
  return (job, details) => (seconds) =>
    withCpu(pid, () => load.run(job, { port, connections, seconds, ...details }))
}

/** The refresh job over sessions whose tokens change with every use. */
function refreshing(load, { pid, port }, path, first) {
  let sessions = first
  return (seconds) =>
    withCpu(pid, async () => {
      const result = await load.run('refresh', { port, path, sessions, seconds })
      sessions = result.sessions
      return result
    })
}

/** This server: tokens in the body, every request validated, counted, logged and entered in the audit log. */
async function openOurs(load, start, profile) {
  const data = makeData('rivals')
  const tokens = await seed(data, people, connections)
  const server = await start(openServer(data, { profile, file: copyWithoutHash() }))
  const [access, refresh] = [[], []]
  for (const token of tokens) {
    const body = JSON.stringify({ refresh_token: token })
    const { answer } = await askOnce(server.port, postRequest(server.port, '/v1/refresh', body))
    access.push(accessTokenOf(answer))
    refresh.push(refreshTokenOf(answer))
  }
  await expectPerson(server, '/v1/me', access[0])
  const run = runner(load, server)
  const bodies = identifiers.map((identifier) => JSON.stringify({ identifier, password }))
  return {
    name: 'ours',
    login: run('post', { path: '/v1/login', bodies }),
    refresh: refreshing(load, server, '/v1/refresh', shared(refresh, connections)),
    check: run('get', { path: '/v1/me', tokens: access, awake: true }),
  }
}

/** What answers for a refresh at Better Auth is /token: a new JWT for a session that stays as it is. */
async function openBetter(load, start) {
  const server = await start(openBetterAuth(people))
  const path = '/api/auth/sign-in/email'
  const bodies = identifiers.map((email) => JSON.stringify({ email, password }))
  const tokens = []
  for (const line of lines) {
    const { answer } = await askOnce(server.port, postRequest(server.port, path, bodies[line]))
    tokens.push(/\r\nset-auth-token: ([^\r]+)/i.exec(answer)[1])
  }
  await expectPerson(server, '/api/auth/get-session', tokens[0])
  const run = runner(load, server)
  return {
    name: 'better',
    login: run('post', { path, bodies }),
    refresh: run('get', { path: '/api/auth/token', tokens }),
    check: run('get', { path: '/api/auth/get-session', tokens, awake: true }),
  }
}

async function openTutorialSide(load, start) {
  const server = await start(openTutorial(people))
  const bodies = identifiers.map((email) => JSON.stringify({ email, password }))
  const [access, refresh] = [[], []]
  for (const line of lines) {
    const { answer } = await askOnce(server.port, postRequest(server.port, '/login', bodies[line]))
    access.push(accessTokenOf(answer))
    refresh.push(refreshTokenOf(answer))
  }
  await expectPerson(server, '/me', access[0])
  const run = runner(load, server)
  return {
    name: 'tutorial',
    login: withDatabases(run('post', { path: '/login', bodies })),
    refresh: withDatabases(refreshing(load, server, '/refresh', shared(refresh, connections))),
    check: withDatabases(run('get', { path: '/me', tokens: access, awake: true })),
  }
}

/** The same run, with what PostgreSQL and Redis used for each request, whoever asked them. */
const withDatabases = (run) => async (seconds) => {
  const before = cpuOfPrograms(['postgres', 'redis-server'])
  const result = await run(seconds)
  return { ...result, databases: (cpuOfPrograms(['postgres', 'redis-server']) - before) / result.done }
}

/** A session check that found nobody may answer 200 too, and would be cheap. */
async function expectPerson({ port }, path, token) {
  const { status, body } = await askOnce(port, getRequest(port, path, token))
  if (status !== 200 || !body.includes(identifierOf(1)))
    throw new Error(`${path} does not know who asks: ${status} ${body}`)
}

function report(rounds) {
  const of = (name, pick) => median(rounds[name].map(pick))
  const cpu = (name) => of(name, (run) => run.cpu.unhashed)
  const rate = (name) => of(name, (run) => run.rate)
  const rowsOf = ([act, { what, better, tutorial }]) => {
    const row = (name, rival, target) => {
      const [theirs, ours] = [`${act}, ${name}`, `${act}, ours`]
      if (!rounds[theirs]) return []
      return {
        figure: `${what}: CPU of ${rival} against ours`,
        measured: cpu(theirs) / cpu(ours),
        target,
        atLeast: true,
        unit: '×',
        behind: {
          [`CPU µs, ${what}, ${rival}`]: cpu(theirs),
          [`CPU µs, ${what}, ours`]: cpu(ours),
          ...(name === 'tutorial' && {
            [`CPU µs, ${what}, its PostgreSQL and Redis`]: of(theirs, (run) => run.databases),
          }),
          [`requests/s, ${what}, ${rival}`]: rate(theirs),
          [`requests/s, ${what}, ours`]: rate(ours),
        },
      }
    }
    return [row('better', 'Better Auth', better), row('tutorial', 'the tutorial server', tutorial)].flat()
  }
  return Object.entries(acts).flatMap(rowsOf)
}
