// Email addresses: proven, asked to be proven, changed, and put back.
import { changeEmail, confirmEmail, resendEmail, undoEmail, verifyEmail } from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import * as change from './change.js'
import * as confirm from './confirm.js'
import * as resend from './resend.js'
import * as undo from './undo.js'
import * as verify from './verify.js'

export const email: Feature = {
  operations: [
    serve(verifyEmail, verify.verifyEmail),
    serve(confirmEmail, confirm.confirmEmail),
    serve(resendEmail, resend.resendEmail),
    serve(changeEmail, change.changeEmail),
    serve(undoEmail, undo.undoEmail),
  ],
}
