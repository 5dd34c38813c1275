import { beforeEach, expect, it } from 'vitest'
import { type Answer, type Client, createClient } from './client.js'
import { type Running, startServer, stopServer, unlimited, watchServers } from './process.js'
import { type Home, makeHome } from './seed.js'

watchServers()

let home: Home
beforeEach(() => () => home.remove())

const statuses = (answers: readonly Answer[]) => answers.map(({ status, json }) => json.code ?? status)

interface Node {
  readonly server: Running
  readonly client: Client
}

async function startNode(port?: number): Promise<Node> {
  const flags = { ...unlimited, 'testing.clock': 'true' }
  const server = await startServer(home, { command: 'dev', flags, ...(port && { port }) })
  return { server, client: createClient(server.port) }
}

async function stopNode({ server, client }: Node): Promise<void> {
  client.close()
  expect(await stopServer(server)).toMatchObject({ code: 0 })
}

async function advance({ client }: Node, by: string): Promise<void> {
  expect(await client.post('/dev/clock', { advance: by })).toMatchObject({ status: 200 })
}

interface Signed {
  access: string
  refresh: string
}
const signed = ({ json }: Answer): Signed => ({
  access: json.access_token as string,
  refresh: json.refresh_token as string,
})

const refresh = ({ client }: Node, token: string) => client.post('/v1/refresh', { refresh_token: token })
const me = ({ client }: Node, { access }: Signed) => client.get('/v1/me', access)

async function logIn({ client }: Node, number: number): Promise<Signed> {
  const { email: identifier, password } = home.people[number]!
  const answer = await client.post('/v1/login', { identifier, password })
  expect(answer).toMatchObject({ status: 200 })
  return signed(answer)
}

/** Refreshes everybody's session once and answers the new tokens; nobody may have been logged out. */
async function refreshAll(node: Node, tokens: readonly string[]): Promise<Signed[]> {
  const answers = await Promise.all(tokens.map((token) => refresh(node, token)))
  expect(new Set(statuses(answers))).toEqual(new Set([200]))
  return answers.map(signed)
}

it('nobody is logged out where the clock goes an hour or a day forward, or an hour back', async () => {
  home = await makeHome({ people: 10 })
  let node = await startNode()
  let all = await refreshAll(
    node,
    home.people.map(({ tokens }) => tokens[0]!),
  )
  for (const forward of ['1h', '24h']) {
    await advance(node, forward)
    const old = await me(node, all[0]!)
    expect(statuses([old])).toEqual(['access_token_expired'])
    all = await refreshAll(
      node,
      all.map(({ refresh }) => refresh),
    )
    for (const one of all) expect(await me(node, one)).toMatchObject({ status: 200 })
  }

  // A process that is started anew has the real clock: it is a day and an hour earlier than all that is written.
  for (const back of ['24h', '0s']) {
    await stopNode(node)
    node = await startNode(node.server.port)
    await advance(node, back)
    expect(statuses([await me(node, all[0]!)])).toEqual(['access_token_invalid'])
    all = await refreshAll(
      node,
      all.map(({ refresh }) => refresh),
    )
    for (const one of all) expect(await me(node, one)).toMatchObject({ status: 200 })
    await logIn(node, 0)
  }
  const keys = await node.client.get('/.well-known/jwks.json')
  expect((keys.json.keys as unknown[]).length).toBe(2)
  await stopNode(node)
})

it('two servers whose clocks are 50 s apart accept each other’s tokens, sessions and log-outs', async () => {
  home = await makeHome({ people: 12 })
  const fast = await startNode()
  const right = await startNode()
  await advance(fast, '50s')
  const nodes = [fast, right]
  let tokens = home.people.map(({ tokens }) => tokens[0]!)
  for (const node of [fast, right, fast, right]) {
    const all = await refreshAll(node, tokens)
    for (const other of nodes)
      expect(new Set(statuses(await Promise.all(all.map((one) => me(other, one)))))).toEqual(new Set([200]))
    tokens = all.map(({ refresh }) => refresh)
  }

  for (const [number, [here, there]] of [nodes, nodes.toReversed()].entries() as Iterable<
    [number, [Node, Node]]
  >) {
    const ended = await logIn(here, number)
    expect(await there.client.post('/v1/logout/all', {}, ended.access)).toMatchObject({ status: 204 })
    expect(statuses([await me(there, ended)])).toEqual(['session_ended'])
    await expect
      .poll(async () => statuses([await me(here, ended)]), { timeout: 5000 })
      .toEqual(['session_ended'])
    expect(statuses([await refresh(here, ended.refresh)])).toEqual(['session_ended'])

    // Whoever comes back at once is let in, at either.
    for (const node of [here, there]) {
      const back = await logIn(node, number)
      for (const other of nodes) expect(await me(other, back)).toMatchObject({ status: 200 })
      expect(await refresh(node, back.refresh)).toMatchObject({ status: 200 })
    }
  }
  for (const node of nodes) await stopNode(node)
})

it.each([
  ['failed log-ins of one account', 'login_account', (number: number) => `10.0.0.${number}`],
  ['failed log-ins from one address', 'login_address', () => '10.0.0.1'],
])('four servers on one file allow as many %s as one would', async (_what, limit, addressOf) => {
  home = await makeHome({ people: 40, argon2: { memory: 8192, passes: 1, parallelism: 1 } })
  const most = 10
  const flags = { ...unlimited, [`limits.${limit}.max`]: String(most), 'trusted-proxies': '127.0.0.1' }
  const servers = await Promise.all(Array.from({ length: 4 }, () => startServer(home, { flags })))
  const clients = servers.map(({ port }) => createClient(port))
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, number) => {
      const person = home.people[limit === 'login_account' ? 0 : number]!
      const body = { identifier: person.email, password: 'not the lantern at all' }
      return clients[number % 4]!.post('/v1/login', body, undefined, { 'x-forwarded-for': addressOf(number) })
    }),
  )
  const told = statuses(answers)
  expect(new Set(told)).toEqual(new Set(['invalid_credentials', 'too_many_requests']))
  expect(told.filter((one) => one === 'invalid_credentials')).toHaveLength(most)
  for (const { status, headers } of answers)
    if (status === 429) expect(Number(headers['retry-after'])).toBeGreaterThan(800)
  for (const client of clients) client.close()
  for (const server of servers) expect(await stopServer(server)).toMatchObject({ code: 0 })
})
