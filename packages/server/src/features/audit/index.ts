// The audit log as administrators read it and operators check it. It is written in domain/audit.ts, by everything that
// happens; nothing changes it.
import * as operations from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import { listAudit } from './list-audit.js'
import { verifyAudit } from './verify-audit.js'

export const audit: Feature = {
  operations: [serve(operations.listAudit, listAudit), serve(operations.verifyAudit, verifyAudit)],
}
