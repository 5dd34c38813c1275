// `sallyport apikey …`: keys for machines that call the administrators' routes.
import { createApiKey, listApiKeys, type OutputOf, removeApiKey } from '@sallyport/protocol'
import { confirmed } from './ask.js'
import type { Run } from './call.js'
import { withOperator } from './open.js'
import { json, listing, moment, out, say } from './print.js'
import { usage } from './speak.js'

type ApiKey = OutputOf<typeof listApiKeys>['items'][number]

const columns = {
  ID: ({ id }: ApiKey) => id,
  NAME: ({ name }: ApiKey) => name,
  SCOPES: ({ scopes }: ApiKey) => scopes.join(' '),
  CREATED: ({ created_at }: ApiKey) => moment(created_at),
  EXPIRES: ({ expires_at }: ApiKey) => moment(expires_at),
  'LAST USED': ({ last_used_at }: ApiKey) => moment(last_used_at),
}

export const listMachines: Run = (call) =>
  withOperator(call, async (operator) => {
    const keys = await operator.call(listApiKeys, {})
    await out(call.options.json ? json(operator.shown(listApiKeys, keys)) : listing(keys.items, columns))
    return 0
  })

export const create: Run = (call) => {
  const { name, scope, expiresIn, json: asJson } = call.options
  if (name === undefined || scope === undefined)
    throw usage(
      'an API key needs a name and what it may do',
      'sallyport apikey create --name reports --scope users:read --scope audit:read',
    )
  return withOperator(call, async (operator) => {
    const key = await operator.call(createApiKey, {
      name,
      scopes: scope as ApiKey['scopes'],
      ...(expiresIn !== undefined && { expires_in: expiresIn }),
    })
    await out(asJson ? json(operator.shown(createApiKey, key)) : `${key.api_key}\n`)
    say(`This key is not shown again. It is good until ${moment(key.expires_at)}.`)
    return 0
  })
}

export const remove: Run = (call) =>
  withOperator(
    call,
    async (operator) => {
      const id = call.names[0]!
      await confirmed(`Remove the API key ${id}`, call.options.yes, `sallyport apikey remove ${id}`)
      await operator.call(removeApiKey, { id })
      if (call.options.json) await out(json({ id, removed: true }))
      say('Removed: it is refused from now on.')
      return 0
    },
    { not_found: 'sallyport apikey list' },
  )
