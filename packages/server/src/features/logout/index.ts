// Log-out: of this session, and of all of them.
import { logOut, logOutEverywhere } from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import * as one from './log-out.js'
import * as all from './log-out-everywhere.js'

export const logout: Feature = {
  operations: [serve(logOut, one.logOut), serve(logOutEverywhere, all.logOutEverywhere)],
}
