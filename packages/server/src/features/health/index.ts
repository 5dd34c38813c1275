// Whether the process lives, and whether it can do its work.
import * as operations from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import { live, ready } from './health.js'

export const health: Feature = {
  operations: [serve(operations.live, live), serve(operations.ready, ready)],
}
