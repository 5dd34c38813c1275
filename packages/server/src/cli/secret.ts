// `sallyport secret rewrap`: the second half of replacing the master secret.
import { rewrapSecret } from '@sallyport/protocol'
import { confirmed } from './ask.js'
import type { Run } from './call.js'
import { withOperator } from './open.js'
import { json, out, progress, progressDone, say } from './print.js'

export const rewrap: Run = (call) =>
  withOperator(call, async (operator) => {
    const { endAllSessions, yes, json: asJson } = call.options
    if (endAllSessions)
      await confirmed('End every session of everybody', yes, 'sallyport secret rewrap --end-all-sessions')
    progress('Sealing anew…')
    const done = await operator.call(rewrapSecret, endAllSessions ? { end_all_sessions: true } : {})
    progressDone()
    const { rewrapped, sessions_ended } = done
    await out(asJson ? json(done) : `rewrapped ${rewrapped}, sessions ended ${sessions_ended}\n`)
    say('→ See whether the older secret may go: sallyport doctor')
    return 0
  })
