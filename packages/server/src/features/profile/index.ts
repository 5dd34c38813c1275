// The signed-in user: read, change, delete.
import { deleteProfile, getProfile, updateProfile } from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import * as remove from './delete-profile.js'
import * as get from './get-profile.js'
import * as update from './update-profile.js'

export const profile: Feature = {
  operations: [
    serve(getProfile, get.getProfile),
    serve(updateProfile, update.updateProfile),
    serve(deleteProfile, remove.deleteProfile),
  ],
}
