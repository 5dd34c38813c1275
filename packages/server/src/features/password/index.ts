// The user's own password.
import { changePassword } from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import * as handlers from './change-password.js'

export const password: Feature = { operations: [serve(changePassword, handlers.changePassword)] }
