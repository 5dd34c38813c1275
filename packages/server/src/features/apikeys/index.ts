// API keys: what machines administrate with.
import * as operations from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import { createApiKey } from './create-api-key.js'
import { listApiKeys } from './list-api-keys.js'
import { removeApiKey } from './remove-api-key.js'

export const apikeys: Feature = {
  operations: [
    serve(operations.createApiKey, createApiKey),
    serve(operations.listApiKeys, listApiKeys),
    serve(operations.removeApiKey, removeApiKey),
  ],
}
