// Recent authentication: proving again who one is, for what a stolen token must not be able to do.
import { confirm as operation } from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import * as handlers from './confirm.js'

export const confirm: Feature = { operations: [serve(operation, handlers.confirm)] }
