// The clock that tests move (`testing.clock`, development only).
import * as operations from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import { advanceClock } from './advance.js'

export const clock: Feature = { operations: [serve(operations.advanceClock, advanceClock)] }
