// Auth-system's wire as its front end meets it.
import type { Transcript } from '../transcript.js'
import { accountScenes } from './auth-system-accounts.transcript.js'
import { sessionScenes } from './auth-system-sessions.transcript.js'

export const authSystemTranscript: Transcript = {
  contract: 'auth-system',
  settings: { 'phone.countries': 'KR', 'limits.login_account.max': '4' },
  scenes: [...sessionScenes, ...accountScenes],
}
