// The profile service: a process of its own with a database of its own. It knows no password and asks the login service
// about no request: a token is verified here, offline, by the login service's public keys, and the feed of revocations says
// which sessions have ended meanwhile.
//
// HOST and PORT, DATABASE (a file), ISSUER (as tokens have it), LOGIN (where the login service is reached), VERIFIER_KEY
import { createServer } from 'node:http'
import { createVerifier } from '@sallyport/verify'

const {
  HOST = '127.0.0.1',
  PORT = '8001',
  DATABASE = 'profile.db',
  ISSUER,
  LOGIN,
  VERIFIER_KEY,
} = process.env

const verify = createVerifier({
  issuer: ISSUER,
  server: LOGIN,
  audience: 'profile',
  algorithms: ['ES256'],
  revocation: 'feed',
  verifierKey: VERIFIER_KEY,
  whenStale: 'closed',
})

const { DatabaseSync } = await import(
  Number(process.versions.node.split('.')[0]) < 24 ? '@photostructure/sqlite' : 'node:sqlite'
)
const database = new DatabaseSync(DATABASE)
database.exec(`CREATE TABLE IF NOT EXISTS profiles (
  user_id TEXT PRIMARY KEY, first_name TEXT NOT NULL, last_name TEXT NOT NULL, picture_link TEXT NOT NULL) STRICT`)
const find = database.prepare('SELECT * FROM profiles WHERE user_id = ?')
const put = database.prepare(`INSERT INTO profiles VALUES (?, ?, ?, ?) ON CONFLICT (user_id) DO UPDATE SET
  first_name = excluded.first_name, last_name = excluded.last_name, picture_link = excluded.picture_link`)

const members = ['first_name', 'last_name', 'picture_link']
const read = (user) => find.get(user) ?? { user_id: user, first_name: '', last_name: '', picture_link: '' }

/** What is wrong with a change, or undefined. */
function wrong(change) {
  if (typeof change !== 'object' || change === null || Array.isArray(change))
    return 'the body must be an object'
  const foreign = Object.keys(change).find((name) => !members.includes(name))
  if (foreign !== undefined) return `${foreign}: is none of ${members.join(', ')}`
  const long = members.find((name) => name in change && !(String(change[name]).length <= 2048))
  if (long) return `${long}: at most 2048 characters`
  const odd = members.find((name) => name in change && typeof change[name] !== 'string')
  if (odd) return `${odd}: must be a text`
  const { picture_link: link = '' } = change
  return link === '' || /^https:\/\/\S+$/.test(link) ? undefined : 'picture_link: must be an https link'
}

async function readBody(request) {
  // Decodes what arrives in pieces as one text: a piece may end inside a letter.
  request.setEncoding('utf8')
  let text = ''
  for await (const chunk of request) {
    text += chunk
    if (text.length > 16_384) return undefined
  }
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}

async function serve(request, response) {
  if (request.url === '/healthz') return answer(response, 200, { status: 'ok' })
  if (request.url !== '/profile') return answer(response, 404, { error: 'there is nothing here' })
  const visitor = await verify(request)
  if (!visitor.ok) return visitor.send(response)
  const { userId } = visitor.auth
  if (request.method === 'GET') return answer(response, 200, read(userId))
  if (request.method !== 'POST') return answer(response, 405, { error: 'GET or POST' })
  const change = await readBody(request)
  const problem = change === undefined ? 'the body must be JSON of at most 16 KiB' : wrong(change)
  if (problem) return answer(response, 422, { error: problem })
  const next = { ...read(userId), ...change }
  put.run(userId, next.first_name, next.last_name, next.picture_link)
  answer(response, 200, read(userId))
}

const server = createServer((request, response) => {
  serve(request, response).catch((error) => {
    console.error(error)
    if (!response.headersSent) answer(response, 500, { error: 'internal' })
  })
})
server.listen(Number(PORT), HOST)
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    database.close()
    process.exit(0)
  })
