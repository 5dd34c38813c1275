// Log-in without a password: by a code sent to an address or number, or by the link beside it.
import { requestCode, verifyCode } from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import * as request from './request.js'
import * as verify from './verify.js'

export const code: Feature = {
  operations: [serve(requestCode, request.requestCode), serve(verifyCode, verify.verifyCode)],
}
