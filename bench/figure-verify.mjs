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

function report({ fresh, known }) {
  const [bare, server, library] = [median(fresh.crypto), median(fresh.server), median(fresh.library)]
  const knownRow = (what, runs) => ({
    figure: `verify: CPU of a known token, ${what}`,
    measured: median(runs),
    target: 2,
    unit: 'µs',
    behind: {},
  })
  return [
    {
      figure: 'verify: CPU of a new token in the server against bare crypto.verify',
      measured: server / bare,
      target: 1.15,
      unit: '×',
      behind: { 'µs in the server': server, 'µs of bare crypto.verify': bare },
    },
    {
      figure: 'verify: CPU of a new token in @sallyport/verify against bare crypto.verify',
      measured: library / bare,
      target: 1.15,
      unit: '×',
      behind: { 'µs in @sallyport/verify': library },
    },
    knownRow('in the server, expiry and revocation looked at', known.server),
    knownRow('in @sallyport/verify', known.library),
  ]
}
