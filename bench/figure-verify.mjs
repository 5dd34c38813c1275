// Verifying ES256 access tokens in one process, against bare crypto.verify over the same bytes.
import { startChild } from './child.mjs'
import { median } from './measure.mjs'

export async function measure({ quick, say }) {
  say('tokens in one process')
  const child = startChild('in-process.mjs')
  try {
    return report(await child.ask({ rounds: quick ? 3 : 15 }))
  } finally {
    child.stop()
  }
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
  ]
}
