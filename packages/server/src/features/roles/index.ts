// The roles of a contract, as its own template prints them.
import { listRoles } from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import * as handlers from './list-roles.js'

export const roles: Feature = { operations: [serve(listRoles, handlers.listRoles)] }
