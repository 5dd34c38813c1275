// Verifying access tokens inside one process: bare crypto.verify, the server's own check with all that it asks of a
// token (signature or cached verdict, claims, expiry, revocation), and the library for other services. New tokens are
// seen once; known ones come again as fresh texts, as they would from a socket.
import { createPublicKey, randomBytes, randomUUID, sign, verify } from 'node:crypto'

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
  const { issueAccessToken, liveAccess } = await built('server/dist/domain/access.js')
  const { native } = await built('protocol/dist/index.js')
  const { createTokenVerifier, importJwk, keySet } = await built('verify/dist/index.js')
  const { key } = context.keys.active()
  const publicKey = createPublicKey(key)
  const keys = keySet(context.keys.published().map((jwk) => importJwk(jwk)))
  const options = { keys: () => keys, issuer: context.issuer, audience: 'sallyport', isRevoked: () => false }
  const library = createTokenVerifier(options)
  return {
    make: () => {
      const session = { id: randomUUID(), amr: ['pwd'], auth_time: Date.now() }
      const token = issueAccessToken(context, native, { id: randomUUID(), roles: ['user'] }, session)
      const bytes = Buffer.from(token.slice(0, token.lastIndexOf('.')), 'latin1')
      return { token, bytes, signature: sign('sha256', bytes, key) }
    },
    ways: {
      crypto: ({ bytes, signature }) => verify('sha256', bytes, publicKey, signature),
      server: ({ token }) => liveAccess(context, token, native).userId.length === 36,
      library: ({ token }) => library.verify(token).ok,
    },
  }
}

/** CPU microseconds of one call, over all of the items. */
function time(items, call) {
  const used = process.cpuUsage()
  for (const item of items) if (call(item) !== true) throw new Error('a good token was refused')
  const { user, system } = process.cpuUsage(used)
  return (user + system) / items.length
}

const again = ({ token }) => ({ token: Buffer.from(token, 'latin1').toString('latin1') })
const several = (count, make) => Array.from({ length: count }, make)

async function measure(rounds) {
  const { make, ways } = await prepare()
  const names = Object.keys(ways)
  const fresh = { crypto: [], server: [], library: [] }
  const known = { server: [], library: [] }
  // The first rounds warm the compiler up and do not count.
  for (let round = -3; round < rounds; round++) {
    const items = several(1000, make)
    const copies = several(20_000, (_, at) => again(items[at % items.length]))
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + round + names.length) % names.length]
      const took = time(items, ways[name])
      if (round >= 0) fresh[name].push(took)
    }
    for (const name of Object.keys(known)) {
      const took = time(copies, ways[name])
      if (round >= 0) known[name].push(took)
    }
  }
  return { fresh, known }
}

process.on('message', async ({ rounds }) => {
  try {
    process.send({ result: await measure(rounds) })
  } catch (error) {
    process.send({ error: error.stack })
  }
})
