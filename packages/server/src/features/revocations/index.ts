// Revocations: for services that verify offline and want to know at once what has ended.
import * as operations from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import { followRevocations } from './follow-revocations.js'

export const revocations: Feature = {
  operations: [serve(operations.followRevocations, followRevocations)],
}
