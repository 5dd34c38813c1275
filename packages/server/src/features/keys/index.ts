// What others need to verify our tokens: public keys and metadata; and what administrators do to keys. The keys
// themselves live in domain/keys.
import * as operations from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import { removedVerifiers } from '../../domain/verifiers-table.js'
import { jwks } from './jwks.js'
import { listKeys } from './list-keys.js'
import { metadata } from './metadata.js'
import { publicPem } from './public-pem.js'
import { removeKey } from './remove-key.js'
import { rotateKeys } from './rotate-keys.js'
import { listVerifiers, removeVerifier } from './verifiers.js'

export const keys: Feature = {
  tables: [removedVerifiers] as never,
  operations: [
    serve(operations.jwks, jwks),
    serve(operations.publicPem, publicPem),
    serve(operations.metadata, metadata),
    serve(operations.listKeys, listKeys),
    serve(operations.rotateKeys, rotateKeys),
    serve(operations.removeKey, removeKey),
    serve(operations.listVerifiers, listVerifiers),
    serve(operations.removeVerifier, removeVerifier),
  ],
}
