import type { Engine } from './engine.js'
import { checkJwk, importJwk, keySet } from './web/keys.js'
import { createTokenVerifier } from './web/verifier.js'

export const engine: Engine = { createTokenVerifier, checkJwk, importJwk, keySet }
