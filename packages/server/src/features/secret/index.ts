// The replacing of the master secret. What follows from it is domain/secrets.ts's.
import { rewrapSecret as operation } from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import { rewrapSecret } from './rewrap-secret.js'

export const secret: Feature = { operations: [serve(operation, rewrapSecret)] }
