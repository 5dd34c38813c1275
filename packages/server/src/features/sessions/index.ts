// Sessions: a user's own (see them, end one, end the others), and everybody's for administrators.
import * as operations from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import { endAnySession } from './end-any-session.js'
import { endOtherSessions } from './end-other-sessions.js'
import { endSession } from './end-session.js'
import { listAllSessions } from './list-all-sessions.js'
import { listSessions } from './list-sessions.js'

export const sessions: Feature = {
  operations: [
    serve(operations.listSessions, listSessions),
    serve(operations.endSession, endSession),
    serve(operations.endOtherSessions, endOtherSessions),
    serve(operations.listAllSessions, listAllSessions),
    serve(operations.endAnySession, endAnySession),
  ],
}
