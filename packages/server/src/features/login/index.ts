// Log-in with a password.
import { logIn } from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import * as handlers from './log-in.js'

export const login: Feature = { operations: [serve(logIn, handlers.logIn)] }
