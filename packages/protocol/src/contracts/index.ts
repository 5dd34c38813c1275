// Every contract that comes with Sallyport, each with the transcript that shows how it is spoken.
import type { Contract } from '../contract.js'
import type { Transcript } from '../transcript.js'
import { actixDemo } from './actix-demo.js'
import { actixDemoTranscript } from './actix-demo.transcript.js'
import { authSystem } from './auth-system.js'
import { authSystemTranscript } from './auth-system.transcript.js'
import { com3014, com3014Head } from './com3014.js'
import { com3014HeadTranscript, com3014Transcript } from './com3014.transcript.js'
import { loginJwt } from './login-jwt.js'
import { loginJwtTranscript } from './login-jwt.transcript.js'
import { native } from './native.js'
import { nativeTranscript } from './native.transcript.js'
import { starifoto } from './starifoto.js'
import { starifotoTranscript } from './starifoto.transcript.js'

export interface KnownContract {
  readonly contract: Contract
  readonly transcript: Transcript
}

export const contracts: readonly KnownContract[] = [
  { contract: native, transcript: nativeTranscript },
  { contract: loginJwt, transcript: loginJwtTranscript },
  { contract: actixDemo, transcript: actixDemoTranscript },
  { contract: com3014, transcript: com3014Transcript },
  { contract: com3014Head, transcript: com3014HeadTranscript },
  { contract: starifoto, transcript: starifotoTranscript },
  { contract: authSystem, transcript: authSystemTranscript },
]
