// Two services behind a gateway, by one command: node examples/microservices/run.mjs
//
//   visitor ── nginx :8080 ─┬─ /profile ─ profile service :8001 ─ its own database
//                           └─ the rest ─ Sallyport       :8000 ─ its own database
//                              the profile service follows Sallyport's feed of revocations, and asks nothing else
//
// GATEWAY_PORT, LOGIN_PORT, PROFILE_PORT choose other ports, NGINX another nginx. Everything lies in a temporary folder
// that goes when this ends; Ctrl-C ends it.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const { GATEWAY_PORT = '8080', LOGIN_PORT = '8000', PROFILE_PORT = '8001', NGINX = 'nginx' } = process.env
const here = (name) => fileURLToPath(new URL(name, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'sallyport-services-'))
const gateway = `http://localhost:${GATEWAY_PORT}`
const login = `http://127.0.0.1:${LOGIN_PORT}`
const verifierKey = `vk_${randomBytes(32).toString('base64url')}`

const children = []
let ending = false

/** Ends everything that was started here, and then this. */
async function end(code) {
  if (ending) return
  ending = true
  await Promise.all(
    children.map(({ child, gone }) => {
      child.kill('SIGTERM')
      return gone
    }),
  )
  rmSync(folder, { recursive: true, force: true })
  process.exit(code)
}

function start(name, command, args, env = {}) {
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    // Ctrl-C reaches this process alone, which ends the others in order.
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const gone = new Promise((done) => {
    child.once('error', done)
    child.once('exit', done)
  })
  children.push({ child, gone })
  gone.then((how) => {
    if (ending) return
    console.error(
      `${name} has ended: ${how?.code === 'ENOENT' ? `there is no ${command} here` : (how ?? 'killed')}`,
    )
    end(1)
  })
}

/** Waits until this answers well; gives up after a minute. */
async function ready(name, url) {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await setTimeout(50)) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.ok) return
  }
  console.error(`${name} does not answer at ${url}`)
  await end(1)
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => end(0))

mkdirSync(join(folder, 'login'))
start('the login service', process.execPath, [here('../../tools/start.mjs')], {
  SALLYPORT_PORT: LOGIN_PORT,
  SALLYPORT_METRICS__PORT: '0',
  SALLYPORT_ISSUER: gateway,
  SALLYPORT_AUDIENCE: 'profile',
  SALLYPORT_DATA_DIR: join(folder, 'login'),
  SALLYPORT_TRUSTED_PROXIES: '127.0.0.1',
  SALLYPORT_VERIFIER_KEYS: verifierKey,
})
await ready('the login service', `${login}/readyz`)
start('the profile service', process.execPath, [here('profile.mjs')], {
  PORT: PROFILE_PORT,
  DATABASE: join(folder, 'profile.db'),
  ISSUER: gateway,
  LOGIN: login,
  VERIFIER_KEY: verifierKey,
})
await ready('the profile service', `http://127.0.0.1:${PROFILE_PORT}/healthz`)
// Started by root, as in a container, nginx would let somebody else do the work, who may not enter the folder; and what is
// longer than a request's buffer lies there on its way.
const asRoot = process.getuid?.() === 0 ? 'user root;\n' : ''
const configuration = (asRoot + readFileSync(here('nginx.conf'), 'utf8'))
  .replace('127.0.0.1:8000', `127.0.0.1:${LOGIN_PORT}`)
  .replace('127.0.0.1:8001', `127.0.0.1:${PROFILE_PORT}`)
  .replace('127.0.0.1:8080', `127.0.0.1:${GATEWAY_PORT}`)
writeFileSync(join(folder, 'nginx.conf'), configuration)
start('nginx', NGINX, ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'])
await ready('the gateway', `http://127.0.0.1:${GATEWAY_PORT}/readyz`)
if (!ending)
  console.log(`Everything runs behind ${gateway}: POST /v1/signup, GET and POST /profile, POST /v1/logout`)
