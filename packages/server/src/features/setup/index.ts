// The first administrator: a one-time link made on the machine, and what it is good for, once.
import { setUp as doing, setUpLink } from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import { makeLink } from './make-link.js'
import { setUp } from './set-up.js'

export const setup: Feature = {
  operations: [serve(doing, setUp), serve(setUpLink, makeLink)],
}
