// `sallyport key …`: the keys that sign access tokens.
import { listKeys, type OutputOf, removeKey, rotateKeys } from '@sallyport/protocol'
import type { Operator } from '../server.js'
import { confirmed } from './ask.js'
import type { Call, Run } from './call.js'
import { withOperator } from './open.js'
import { json, listing, moment, out, say } from './print.js'

type Key = OutputOf<typeof listKeys>['items'][number]

const columns = {
  KID: ({ kid }: Key) => kid,
  ALG: ({ alg }: Key) => alg,
  STATE: ({ state }: Key) => state,
  CREATED: ({ created_at }: Key) => moment(created_at),
  SIGNED: ({ active_at }: Key) => moment(active_at),
  RETIRED: ({ retired_at }: Key) => moment(retired_at),
}

async function printKeys(operator: Operator, { options }: Call, keys: { items: Key[] }): Promise<number> {
  await out(options.json ? json(operator.shown(listKeys, keys)) : listing(keys.items, columns))
  return 0
}

export const listSigning: Run = (call) =>
  withOperator(call, async (operator) => printKeys(operator, call, await operator.call(listKeys, {})))

export const rotate: Run = (call) =>
  withOperator(
    call,
    async (operator) => {
      const { force } = call.options
      return printKeys(operator, call, await operator.call(rotateKeys, force ? { force } : {}))
    },
    { conflict: 'Wait until verifiers have seen the next key, or: sallyport key rotate --force' },
  )

export const remove: Run = (call) =>
  withOperator(
    call,
    async (operator) => {
      const kid = call.names[0]!
      const again = `sallyport key remove ${kid}`
      await confirmed(`Remove ${kid}: every token it signed is refused`, call.options.yes, again)
      const code = await printKeys(operator, call, await operator.call(removeKey, { kid }))
      say('Removed. A running server refuses its tokens within 10 seconds.')
      return code
    },
    { not_found: 'sallyport key list', conflict: 'sallyport key rotate' },
  )
