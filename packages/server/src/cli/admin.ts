// `sallyport admin link`: the way in for the first administrator. Whoever can run it has the machine.
import { setUpLink } from '@sallyport/protocol'
import type { Run } from './call.js'
import { withOperator } from './open.js'
import { json, moment, out, say } from './print.js'

export const link: Run = (call) =>
  withOperator(
    call,
    async (operator) => {
      const { token, expires_at } = await operator.call(setUpLink, {})
      const url = `${operator.issuer}/setup#${token}`
      const shown = { url, token, expires_at: new Date(expires_at).toISOString() }
      await out(call.options.json ? json(shown) : `${url}\n`)
      say(`Good once, until ${moment(expires_at)}; an older link is void. From a shell:`)
      say(request(operator.issuer, token))
      return 0
    },
    { conflict: 'Let an administrator in by name: sallyport user grant <user> admin' },
  )

/** The body comes by stdin, so that no other user of the machine reads it from the list of processes. */
function request(issuer: string, token: string): string {
  const body = JSON.stringify({ token, email: 'you@example.com', password: 'one of your own' })
  const head = `curl -sS ${issuer}/v1/setup -H 'content-type: application/json' --data-binary @- <<'END'`
  return `${head}\n${body}\nEND`
}
