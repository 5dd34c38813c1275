// What others need to verify our tokens: public keys and metadata. The keys themselves live in domain/keys.
import * as operations from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import { jwks } from './jwks.js'
import { metadata } from './metadata.js'

export const keys: Feature = {
  operations: [serve(operations.jwks, jwks), serve(operations.metadata, metadata)],
}
