// Accounts as administrators see them: find, make, change, disable, end.
import * as operations from '@sallyport/protocol'
import { type Feature, serve } from '../../domain/feature.js'
import { createUser } from './create-user.js'
import { deleteUser } from './delete-user.js'
import { disableUser } from './disable-user.js'
import { editUser } from './edit-user.js'
import { enableUser } from './enable-user.js'
import { getUser } from './get-user.js'
import { introduceUser } from './introduce-user.js'
import { listUsers } from './list-users.js'
import { logOutUser } from './log-out-user.js'
import { pageUsers } from './page-users.js'
import { setUserPassword } from './set-user-password.js'
import { updateUser } from './update-user.js'
import { viewUser } from './view-user.js'

export const users: Feature = {
  operations: [
    serve(operations.listUsers, listUsers),
    serve(operations.pageUsers, pageUsers),
    serve(operations.viewUser, viewUser),
    serve(operations.introduceUser, introduceUser),
    serve(operations.editUser, editUser),
    serve(operations.createUser, createUser),
    serve(operations.getUser, getUser),
    serve(operations.updateUser, updateUser),
    serve(operations.deleteUser, deleteUser),
    serve(operations.disableUser, disableUser),
    serve(operations.enableUser, enableUser),
    serve(operations.logOutUser, logOutUser),
    serve(operations.setUserPassword, setUserPassword),
  ],
}
