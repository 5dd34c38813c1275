import type { Engine } from './engine.js'
import { importJwk, keySet } from './keys.js'
import { createTokenVerifier } from './verifier.js'

export const engine: Engine = { createTokenVerifier, checkJwk: importJwk, importJwk, keySet }
