import { operation } from '../operation.js'
import { list, nothing, object, oneOf, text } from '../schema.js'

export const getConfiguration = operation({
  name: 'configuration',
  summary: 'Every setting, its value and where it came from. Secrets are not shown.',
  caller: 'admin',
  scope: 'settings:read',
  effect: 'read',
  input: nothing,
  output: object({
    items: list(
      object({
        name: text(),
        value: text(),
        source: oneOf('default', 'file', 'environment', 'flag'),
        where: text(),
      }),
    ),
  }),
  errors: [],
})
