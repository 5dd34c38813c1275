// Every contract that comes with Sallyport, each with the transcript that shows how it is spoken.
import type { Contract } from '../contract.js'
import type { Transcript } from '../transcript.js'
import { authSystem } from './auth-system.js'
import { authSystemTranscript } from './auth-system.transcript.js'
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
  { contract: starifoto, transcript: starifotoTranscript },
  { contract: authSystem, transcript: authSystemTranscript },
]
