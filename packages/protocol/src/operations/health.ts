import { operation } from '../operation.js'
import { nothing, object, oneOf } from '../schema.js'

const state = object({ status: oneOf('ok') })

export const live = operation({
  name: 'health.live',
  summary: 'Answers while the process does.',
  caller: 'anyone',
  effect: 'read',
  input: nothing,
  output: state,
  errors: [],
})

export const ready = operation({
  name: 'health.ready',
  summary:
    'Answers 200 while the store and the keys do; 503 while they do not or the server is shutting down.',
  caller: 'anyone',
  effect: 'read',
  input: nothing,
  output: state,
  errors: ['store_unavailable', 'overloaded'],
})
