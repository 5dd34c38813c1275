// Every contract that comes with Sallyport, each with the transcript that shows how it is spoken.
import type { Contract } from '../contract.js'
import type { Transcript } from '../transcript.js'
import { actixDemo } from './actix-demo.js'
import { authSystem } from './auth-system.js'
import { com3014, com3014Head } from './com3014.js'
import { loginJwt } from './login-jwt.js'
import { native } from './native.js'
import { starifoto } from './starifoto.js'

export interface KnownContract {
  readonly contract: Contract
  /** Read when it is asked for: no server plays one. */
  readonly transcript: () => Promise<Transcript>
}

export const contracts: readonly KnownContract[] = [
  { contract: native, transcript: async () => (await import('./native.transcript.js')).nativeTranscript },
  {
    contract: loginJwt,
    transcript: async () => (await import('./login-jwt.transcript.js')).loginJwtTranscript,
  },
  {
    contract: actixDemo,
    transcript: async () => (await import('./actix-demo.transcript.js')).actixDemoTranscript,
  },
  { contract: com3014, transcript: async () => (await import('./com3014.transcript.js')).com3014Transcript },
  {
    contract: com3014Head,
    transcript: async () => (await import('./com3014.transcript.js')).com3014HeadTranscript,
  },
  {
    contract: starifoto,
    transcript: async () => (await import('./starifoto.transcript.js')).starifotoTranscript,
  },
  {
    contract: authSystem,
    transcript: async () => (await import('./auth-system.transcript.js')).authSystemTranscript,
  },
]
