// Sign-up with an email address, a username or a phone number, and a password.
import { register, signUp } from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import { identifiers, requireVerified, signupOpen } from '../../domain/identifiers.js'
import { registerUser } from './register.js'
import * as handlers from './sign-up.js'

export const signup: Feature = {
  settings: [signupOpen, identifiers, requireVerified] as never,
  operations: [serve(signUp, handlers.signUp), serve(register, registerUser)],
}
