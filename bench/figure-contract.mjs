// What it costs to speak another backend's wire: the same work on the contract login-jwt (two JWTs of HS256, other names,
// the same check of the session) and on the native one, by one server that has both open.
import { startLoad } from './child.mjs'
import { interleave, median, withCpu } from './measure.mjs'
import { makeData, openServer } from './server.mjs'
import { askOnce, postRequest } from './wire.mjs'

const clients = 16

const wires = {
  native: {
    signUp: ['/v1/signup', (name) => ({ preferred_username: name, password: 'a door behind the ivy' })],
    logIn: ['/v1/login', (name) => ({ identifier: name, password: 'a door behind the ivy' })],
    me: '/v1/me',
    refresh: '/v1/refresh',
  },
  contract: {
    signUp: ['/signup', (name) => ({ username: name, password: 'a door behind the ivy' })],
    logIn: ['/login', (name) => ({ username: name, password: 'a door behind the ivy' })],
    me: '/profile',
    refresh: '/refresh/token',
  },
}

async function signIn(port, wire, name) {
  const [signUp, made] = wire.signUp
  await askOnce(port, postRequest(port, signUp, JSON.stringify(made(name))))
  const [logIn, known] = wire.logIn
  const { status, body } = await askOnce(port, postRequest(port, logIn, JSON.stringify(known(name))))
  if (status !== 200) throw new Error(`log-in on ${logIn}: ${status} ${body}`)
  return JSON.parse(body)
}

export async function measure({ quick, say, profile }) {
  const data = makeData('contract')
  const flags = ['--contracts=login-jwt']
  const server = await openServer(data, { profile: profile && 'contract', flags })
  const load = startLoad()
  const { pid, port } = server
  const sessions = {}
  for (const [kind, wire] of Object.entries(wires)) {
    const pairs = []
    for (let at = 0; at < clients; at++) pairs.push(await signIn(port, wire, `${kind}${at}`))
    sessions[kind] = { token: pairs[0].access_token, chains: pairs.map((pair) => [pair.refresh_token]) }
  }
  const seconds = quick ? 1 : 3
  const ask = (kind) => {
    const job = { port, path: wires[kind].me, tokens: [sessions[kind].token], connections: clients }
    return withCpu(pid, () => load.run('get', { ...job, seconds, awake: true }))
  }
  const refresh = async (kind) => {
    const job = { port, path: wires[kind].refresh, sessions: sessions[kind].chains, seconds }
    const result = await withCpu(pid, () => load.run('refresh', job))
    sessions[kind].chains = result.sessions
    return result
  }
  const both = (work) => ({ native: () => work('native'), contract: () => work('contract') })
  const rounds = quick ? 2 : 9
  try {
    for (const kind of Object.keys(wires)) await ask(kind)
    return [
      report('who am I', await interleave(rounds, both(ask), say)),
      report('refresh', await interleave(rounds, both(refresh), say)),
    ]
  } finally {
    load.stop()
    await server.stop()
  }
}

function report(what, { native, contract }) {
  const cpu = (list) => median(list.map((run) => run.cpu.all))
  return {
    figure: `a wire contract: CPU of ${what} on login-jwt against the native contract`,
    measured: cpu(contract) / cpu(native),
    target: 1.03,
    unit: '×',
    behind: {
      [`CPU µs of ${what}, native`]: cpu(native),
      [`CPU µs of ${what}, login-jwt`]: cpu(contract),
    },
  }
}
