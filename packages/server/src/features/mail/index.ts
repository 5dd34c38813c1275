// Mail and SMS as people who run a server see them: what was posted (in development), the queue, and whether sending
// works. Messages are posted by other features through domain/outbox.ts, and leave by delivery/.
import * as operations from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import { listMail } from './list-mail.js'
import { listOutbox } from './list-outbox.js'
import { previewMail } from './preview-mail.js'
import { resendMail } from './resend-mail.js'
import { testMail } from './test-mail.js'

export const mail: Feature = {
  operations: [
    serve(operations.listMail, listMail),
    serve(operations.listOutbox, listOutbox),
    serve(operations.resendMail, resendMail),
    serve(operations.previewMail, previewMail),
    serve(operations.testMail, testMail),
  ],
}
