// StariFoto's wire as its front end meets it.
import type { Transcript } from '../transcript.js'
import { accountScenes } from './starifoto-accounts.transcript.js'
import { sessionScenes } from './starifoto-sessions.transcript.js'
import { staffScenes } from './starifoto-staff.transcript.js'

export const starifotoTranscript: Transcript = {
  contract: 'starifoto',
  settings: { 'limits.login_account.max': '4' },
  scenes: [...sessionScenes, ...accountScenes, ...staffScenes],
}
