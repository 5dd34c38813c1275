// Introspection, for services that would rather ask than verify.
import * as operations from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import { verifierKeys } from '../../domain/keys/settings.js'
import { introspect } from './introspect.js'

export const introspection: Feature = {
  settings: [verifierKeys] as never,
  operations: [serve(operations.introspect, introspect)],
}
