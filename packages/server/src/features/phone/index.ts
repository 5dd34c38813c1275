// Phone numbers: proven by SMS, changed, taken away; which countries' are taken.
import { changePhone, removePhone, verifyPhone } from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import { phoneSettings } from '../../domain/phones.js'
import * as change from './change.js'
import * as remove from './remove.js'
import * as verify from './verify.js'

export const phone: Feature = {
  settings: phoneSettings,
  operations: [
    serve(changePhone, change.changePhone),
    serve(verifyPhone, verify.verifyPhone),
    serve(removePhone, remove.removePhone),
  ],
}
