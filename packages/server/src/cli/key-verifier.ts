// `sallyport key verifier …`: keys by which other services introspect tokens and follow revocations. They stand in the
// settings, and are called by ids that follow from them: a key is never an argument, which others on the machine can see.
import { randomBytes } from 'node:crypto'
import { listVerifiers, type OutputOf, removeVerifier } from '@sallyport/protocol'
import { confirmed } from './ask.js'
import type { Run } from './call.js'
import { withOperator } from './open.js'
import { json, listing, moment, out, say } from './print.js'

/** Makes a key and touches nothing: verifier keys stand in the settings. */
export const createVerifier: Run = async ({ options }) => {
  const key = `vk_${randomBytes(32).toString('base64url')}`
  await out(options.json ? json({ verifier_key: key }) : `${key}\n`)
  say(
    'Give it to the service that introspects tokens or follows revocations, and add it to the setting verifier_keys:',
  )
  say(`→ SALLYPORT_VERIFIER_KEYS=${key}`)
  return 0
}

type Verifier = OutputOf<typeof listVerifiers>['items'][number]

const columns = {
  ID: ({ id }: Verifier) => id,
  STATE: ({ state }: Verifier) => state,
  REMOVED: ({ removed_at }: Verifier) => moment(removed_at),
}

export const listVerifying: Run = (call) =>
  withOperator(call, async (operator) => {
    const found = await operator.call(listVerifiers, {})
    await out(call.options.json ? json(operator.shown(listVerifiers, found)) : listing(found.items, columns))
    return 0
  })

export const removeVerifying: Run = (call) =>
  withOperator(
    call,
    async (operator) => {
      const id = call.names[0]!
      const again = `sallyport key verifier remove ${id}`
      await confirmed(`Remove the verifier key ${id}: its services are refused`, call.options.yes, again)
      const found = await operator.call(removeVerifier, { id })
      await out(
        call.options.json ? json(operator.shown(removeVerifier, found)) : listing(found.items, columns),
      )
      say(
        'Removed. A running server refuses it and ends its feeds within a second. Take it out of verifier_keys too.',
      )
      return 0
    },
    { not_found: 'sallyport key verifier list' },
  )
