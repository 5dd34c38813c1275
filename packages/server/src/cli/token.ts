// `sallyport token explain`: why a token is accepted or refused. A token that is still good is a secret, so it is better
// piped in (`-`) or read from a file than typed into a command that other users of the machine can see.
import { explainToken } from '@sallyport/protocol'
import { hidden, isAttended, readSecretFile, readStdin } from './ask.js'
import type { Call, Run } from './call.js'
import { withOperator } from './open.js'
import { json, out, say, table } from './print.js'
import { usage } from './speak.js'

export const explain: Run = async (call) => {
  const token = await tokenOf(call)
  return withOperator(call, async (operator) => {
    const found = await operator.call(explainToken, { token })
    const { accepted, kind, steps } = found
    const rows = steps.map(({ step, ok, says }) => [ok ? 'ok' : 'NO', step, says])
    const verdict = `${accepted ? 'accepted' : 'refused'}: ${kind}`
    await out(call.options.json ? json(found) : `${table(rows)}${verdict}\n`)
    return accepted ? 0 : 1
  })
}

async function tokenOf({ names: [given], options: { tokenFile }, command }: Call): Promise<string> {
  const next = `sallyport ${command} --help`
  if (given !== undefined && tokenFile !== undefined)
    throw usage('two tokens were named; keep one of them', next)
  const token = await readToken(given, tokenFile, next)
  if (token.trim() === '') throw usage('there is no token', next)
  return token.trim().replace(/^Bearer\s+/i, '')
}

async function readToken(given: string | undefined, file: string | undefined, next: string): Promise<string> {
  if (file !== undefined) return readSecretFile(file, next)
  if (given !== undefined && given !== '-') {
    say('Other users of this machine can read a token that is typed here; if it is still good, pipe it in.')
    return given
  }
  return given === undefined && isAttended() ? hidden('Token: ') : readStdin()
}
