// Refresh: a session goes on, its token is traded for the next of the chain.
import { refresh as operation } from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import * as handlers from './rotate.js'

export const refresh: Feature = { operations: [serve(operation, handlers.rotate)] }
