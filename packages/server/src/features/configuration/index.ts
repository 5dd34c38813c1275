// What this server was told, as administrators may see it. Settings are read and judged in config/, and the manual of
// all of them is docs/settings.md.
import * as operations from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import { getConfiguration } from './get-configuration.js'

export const configuration: Feature = { operations: [serve(operations.getConfiguration, getConfiguration)] }
