// Verifying ES256 access tokens in one process, against bare crypto.verify over the same bytes; and how long after a
// log-out another process, which follows the feed, still accepts the token.
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startChild } from './child.mjs'
import { median, percentile } from './measure.mjs'
import { makeData, openServer } from './server.mjs'

export async function measure({ quick, say }) {
  say('tokens in one process')
  const child = startChild('in-process.mjs')
  try {
    const rows = report(await child.ask({ rounds: quick ? 3 : 15 }))
    say('log-outs')
    return [...rows, await measureLogOuts(quick ? 20 : 200)]
  } finally {
    child.stop()
  }
}

/** From the moment a log-out is sent to the first refusal in this process, milliseconds. */
async function measureLogOuts(count) {
  const { createVerifier } = await import('../packages/verify/dist/index.js')
  const data = makeData('verify')
  const verifierKey = `vk_${randomBytes(24).toString('base64url')}`
  writeFileSync(join(data.folder, '.env'), `SALLYPORT_VERIFIER_KEYS=${verifierKey}\n`, { mode: 0o600 })
  const server = await openServer(data)
  const issuer = `http://localhost:${server.port}`
  const verify = createVerifier({ issuer, audience: 'sallyport', revocation: 'feed', verifierKey })
  const took = []
  try {
    for (let one = 0; one < count; one++) took.push(await timeLogOut(issuer, verify, one))
  } finally {
    verify.close()
    await server.stop()
  }
  return {
    figure: 'verify: a log-out is enforced in another process, 99 of 100',
    measured: percentile(took, 0.99),
    target: 1000,
    unit: 'ms',
    behind: { 'ms, the middle': median(took) },
  }
}

async function timeLogOut(issuer, verify, one) {
  const person = JSON.stringify({ email: `bench${one}@example.com`, password: 'correct horse battery' })
  const headers = { 'content-type': 'application/json' }
  const signedUp = await fetch(`${issuer}/v1/signup`, { method: 'POST', headers, body: person })
  const { access_token: token } = await signedUp.json()
  const before = await verify.token(token)
  if (!before.ok) throw new Error(`a good token was refused: ${before.reason}`)
  const authorization = `Bearer ${token}`
  const began = performance.now()
  const loggedOut = fetch(`${issuer}/v1/logout`, { method: 'POST', headers: { authorization } })
  while ((await verify.token(token)).ok) await new Promise((resolve) => setImmediate(resolve))
  const took = performance.now() - began
  if ((await loggedOut).status !== 204) throw new Error('a log-out was refused')
  return took
}

function report(rounds) {
  const of = (pick) => median(rounds.map(pick))
  const fresh = (name) => of((round) => round.fresh[name])
  // Rounds are compared one by one: what disturbs one way of a round disturbs the others too.
  const ratio = (name) => of((round) => round.fresh[name] / round.fresh.crypto)
  const knownRow = (what, name) => ({
    figure: `verify: CPU of a known token, ${what}`,
    measured: of((round) => round.known[name]),
    target: 2,
    unit: 'µs',
    behind: {},
  })
  return [
    {
      figure: 'verify: CPU of a new token in the server against bare crypto.verify',
      measured: ratio('server'),
      target: 1.15,
      unit: '×',
      behind: { 'µs in the server': fresh('server'), 'µs of bare crypto.verify': fresh('crypto') },
    },
    {
      figure: 'verify: CPU of a new token in @sallyport/verify against bare crypto.verify',
      measured: ratio('library'),
      target: 1.15,
      unit: '×',
      behind: { 'µs in @sallyport/verify': fresh('library') },
    },
    knownRow('in the server, expiry and revocation looked at', 'server'),
    knownRow('in @sallyport/verify', 'library'),
    { ...knownRow('by the middleware for Express', 'middleware'), target: 10 },
  ]
}
