// Verifying access tokens inside one process: bare crypto.verify, the server's own check with all that it asks of a
// token (signature or cached verdict, claims, expiry, revocation), and the library for other services. New tokens are
// seen once; known ones come again as fresh texts, as they would from a socket.
import { createPublicKey, randomBytes, randomUUID, sign, verify } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const built = (path) => import(new URL(`../packages/${path}`, import.meta.url).href)
const quiet = { info() {}, warn() {}, error() {} }

async function openContext() {
  const { createServer, settings: declared } = await built('server/dist/server.js')
  const { loadSettings } = await built('server/dist/config/load.js')
  const flags = ['--database-url=memory:']
  const { settings } = await loadSettings({ declared, mode: 'development', env: {}, flags })
  const secret = { current: randomBytes(32) }
  return (await createServer({ settings, mode: 'development', secret, log: quiet })).context
}

async function prepare() {
  const context = await openContext()
  const { authenticate } = await built('server/dist/domain/access.js')
  const { issueAccessToken } = await built('server/dist/domain/access-token.js')
  const { native, operations } = await built('protocol/dist/index.js')
  const me = operations.find(({ name }) => name === 'profile.get')
  const { createTokenVerifier, importJwk, keySet } = await built('verify/dist/index.js')
  const { sallyport } = await built('verify/dist/express.js')
  const { key } = context.keys.active(native)
  const publicKey = createPublicKey(key)
  const keys = keySet(context.keys.published().map((jwk) => importJwk(jwk)))
  const facts = { contract: native, requestId: 'bench', ip: '127.0.0.1' }
  const options = { keys: () => keys, issuer: context.issuer, audience: 'sallyport', isRevoked: () => false }
  const library = createTokenVerifier(options)
  const { issuer } = context
  const middleware = sallyport({ issuer, audience: 'sallyport', keys: context.keys.published() })
  return {
    make: () => {
      const session = { id: randomUUID(), amr: ['pwd'], auth_time: Date.now() }
      const token = issueAccessToken(context, native, { id: randomUUID(), roles: ['user'] }, session)
      const bytes = Buffer.from(token.slice(0, token.lastIndexOf('.')), 'latin1')
      return { token, bytes, signature: sign('sha256', bytes, key) }
    },
    ways: {
      crypto: ({ bytes, signature }) => verify('sha256', bytes, publicKey, signature),
      server: ({ token }) => {
        const credentials = [{ kind: 'access', from: 'bearer', value: token }]
        return authenticate(context, me, credentials, facts).access.userId.length === 36
      },
      library: ({ token }) => library.verify(token).ok,
    },
    // As Express calls it: a request comes in, and the next in line is called.
    pass: ({ token }) =>
      new Promise((next, failed) => {
        const request = { method: 'GET', headers: { authorization: `Bearer ${token}` } }
        middleware(request, { setHeader() {}, end: () => failed(new Error('refused')) }, next)
      }),
  }
}

/** CPU microseconds of one call, over all of the items. */
function time(items, call) {
  const used = process.cpuUsage()
  for (const item of items) if (call(item) !== true) throw new Error('a good token was refused')
  const { user, system } = process.cpuUsage(used)
  return (user + system) / items.length
}

/** The same where each call ends later. */
async function timeSoon(items, call) {
  const used = process.cpuUsage()
  for (const item of items) await call(item)
  const { user, system } = process.cpuUsage(used)
  return (user + system) / items.length
}

const again = ({ token }) => ({ token: Buffer.from(token, 'latin1').toString('latin1') })

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')

/** What is made here is moved out of the collector's way, or whoever is measured next would pay for moving it. */
function several(count, make) {
  const made = Array.from({ length: count }, make)
  for (let pass = 0; pass < 2; pass++) collect({ type: 'minor' })
  return made
}

/** One round: the ways take turns at a hundred tokens each, so that all of them meet the same neighbours. */
function takeTurns(items, ways) {
  const names = Object.keys(ways)
  const spent = Object.fromEntries(names.map((name) => [name, 0]))
  const pieces = items.length / pieceSize
  for (let piece = 0; piece < pieces; piece++) {
    const some = items.slice(piece * pieceSize, (piece + 1) * pieceSize)
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + piece) % names.length]
      spent[name] += time(some, ways[name]) / pieces
    }
  }
  return spent
}

const pieceSize = 100

async function measure(rounds) {
  const { make, ways, pass } = await prepare()
  const { server, library } = ways
  const results = []
  // The first rounds warm the compiler up and do not count.
  for (let round = -5; round < rounds; round++) {
    const items = several(1000, make)
    const fresh = takeTurns(items, ways)
    const copies = several(10_000, (_, at) => again(items[at % items.length]))
    // Its own verifier knows them after one pass.
    await timeSoon(items, pass)
    const known = { ...takeTurns(copies, { server, library }), middleware: await timeSoon(copies, pass) }
    if (round >= 0) results.push({ fresh, known })
  }
  return results
}

process.on('message', async ({ rounds }) => {
  try {
    process.send({ result: await measure(rounds) })
  } catch (error) {
    process.send({ error: error.stack })
  }
})
