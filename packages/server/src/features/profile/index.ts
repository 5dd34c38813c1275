// The signed-in user: read, change, export, delete, and come back.
import * as operations from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import { deleteProfile } from './delete-profile.js'
import { exportProfile } from './export-profile.js'
import { getProfile } from './get-profile.js'
import { restoreProfile } from './restore-profile.js'
import { updateProfile } from './update-profile.js'

export const profile: Feature = {
  operations: [
    serve(operations.getProfile, getProfile),
    serve(operations.updateProfile, updateProfile),
    serve(operations.exportProfile, exportProfile),
    serve(operations.deleteProfile, deleteProfile),
    serve(operations.restoreProfile, restoreProfile),
  ],
}
