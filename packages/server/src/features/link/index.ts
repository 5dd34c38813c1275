// What the link of a message is for, and where links lead.
import { getLink } from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import { linkSettings } from '../../domain/links.js'
import * as handlers from './get-link.js'

export const link: Feature = {
  settings: linkSettings,
  operations: [serve(getLink, handlers.getLink)],
}
