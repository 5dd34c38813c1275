import { operation } from '../operation.js'
import { nothing } from '../schema.js'

export const logOut = operation({
  name: 'logout',
  summary: 'Ends the session of the token that is sent.',
  caller: 'leaving',
  effect: 'write',
  input: nothing,
  output: nothing,
  errors: [],
})

export const logOutEverywhere = operation({
  name: 'logout.all',
  summary: 'Ends every session of the user.',
  caller: 'access',
  effect: 'write',
  input: nothing,
  output: nothing,
  errors: [],
})
