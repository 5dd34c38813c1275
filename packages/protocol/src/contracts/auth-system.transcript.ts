// Auth-system's wire as its front end meets it.
import type { Transcript } from '../transcript.js'
import { accountScenes } from './auth-system-accounts.transcript.js'
import { sessionScenes } from './auth-system-sessions.transcript.js'

export const authSystemTranscript: Transcript = {
  contract: 'auth-system',
  settings: { contracts: 'auth-system', 'phone.countries': 'KR' },
  scenes: [...sessionScenes, ...accountScenes],
}
