// Sign-up with an email address or a username, and a password.
import { signUp } from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import { identifiers } from '../../domain/identifiers.js'
import { open } from './settings.js'
import * as handlers from './sign-up.js'

export const signup: Feature = {
  settings: [open, identifiers] as never,
  operations: [serve(signUp, handlers.signUp)],
}
