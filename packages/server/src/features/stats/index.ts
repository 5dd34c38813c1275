// Figures for plots. They are counted in domain/stats.ts, in every process; here they are read.
import * as operations from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import { getStats } from './get-stats.js'

export const stats: Feature = { operations: [serve(operations.getStats, getStats)] }
