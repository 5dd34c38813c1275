// The user's own password: changed with the current one, or set anew by whoever reads the account's mail.
import { changePassword, forgotPassword, replacePassword, resetPassword } from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import * as change from './change-password.js'
import * as forgot from './forgot.js'
import * as reset from './reset.js'

export const password: Feature = {
  operations: [
    serve(changePassword, change.changePassword),
    serve(replacePassword, change.replacePassword),
    serve(forgotPassword, forgot.forgotPassword),
    serve(resetPassword, reset.resetPassword),
  ],
}
