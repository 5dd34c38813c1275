// A user's own sessions: see them, end one, end the others.
import { endOtherSessions, endSession, listSessions } from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import * as others from './end-other-sessions.js'
import * as end from './end-session.js'
import * as list from './list-sessions.js'

export const sessions: Feature = {
  operations: [
    serve(listSessions, list.listSessions),
    serve(endSession, end.endSession),
    serve(endOtherSessions, others.endOtherSessions),
  ],
}
