// Every operation there is, in the order of the manual. An operation that is not listed here cannot be served.
import type { Operation } from '../operation.js'
import { createApiKey, listApiKeys, removeApiKey } from './apikeys.js'
import { listAudit, verifyAudit } from './audit.js'
import { advanceClock } from './clock.js'
import { requestCode, verifyCode } from './code.js'
import { getConfiguration } from './configuration.js'
import { confirm } from './confirm.js'
import { changeEmail, confirmEmail, resendEmail, undoEmail, verifyEmail } from './email.js'
import { live, ready } from './health.js'
import { introspect } from './introspection.js'
import {
  jwks,
  listKeys,
  listVerifiers,
  metadata,
  publicPem,
  removeKey,
  removeVerifier,
  rotateKeys,
} from './keys.js'
import { getLink } from './link.js'
import { logIn } from './login.js'
import { logOut, logOutEverywhere } from './logout.js'
import { listMail, listOutbox, previewMail, resendMail, testMail } from './mail.js'
import { changePassword, forgotPassword, replacePassword, resetPassword } from './password.js'
import { changePhone, removePhone, verifyPhone } from './phone.js'
import { deleteProfile, exportProfile, getProfile, restoreProfile, updateProfile } from './profile.js'
import { refresh } from './refresh.js'
import { followRevocations } from './revocations.js'
import { listRoles } from './roles.js'
import { rewrapSecret } from './secret.js'
import { endAnySession, endOtherSessions, endSession, listAllSessions, listSessions } from './sessions.js'
import { setUp, setUpLink } from './setup.js'
import { register, signUp } from './signup.js'
import { linkGoogle, listIdentities, listProviders, logInWithGoogle, unlinkIdentity } from './social.js'
import { getStats } from './stats.js'
import { checkToken, explainToken } from './token.js'
import {
  createUser,
  deleteUser,
  disableUser,
  editUser,
  enableUser,
  getUser,
  introduceUser,
  listUsers,
  logOutUser,
  pageUsers,
  setUserPassword,
  updateUser,
  viewUser,
} from './users.js'

export const operations = [
  signUp,
  register,
  logIn,
  refresh,
  logOut,
  logOutEverywhere,
  getProfile,
  updateProfile,
  exportProfile,
  deleteProfile,
  restoreProfile,
  changePassword,
  replacePassword,
  forgotPassword,
  resetPassword,
  confirm,
  verifyEmail,
  confirmEmail,
  resendEmail,
  changeEmail,
  undoEmail,
  requestCode,
  verifyCode,
  changePhone,
  verifyPhone,
  removePhone,
  getLink,
  listProviders,
  logInWithGoogle,
  linkGoogle,
  listIdentities,
  unlinkIdentity,
  listSessions,
  endSession,
  endOtherSessions,
  jwks,
  publicPem,
  metadata,
  introspect,
  followRevocations,
  setUp,
  setUpLink,
  listUsers,
  pageUsers,
  viewUser,
  introduceUser,
  editUser,
  createUser,
  getUser,
  updateUser,
  deleteUser,
  disableUser,
  enableUser,
  logOutUser,
  setUserPassword,
  listRoles,
  listAllSessions,
  endAnySession,
  listKeys,
  rotateKeys,
  removeKey,
  listVerifiers,
  removeVerifier,
  createApiKey,
  listApiKeys,
  removeApiKey,
  listAudit,
  verifyAudit,
  getStats,
  getConfiguration,
  listOutbox,
  resendMail,
  previewMail,
  testMail,
  rewrapSecret,
  explainToken,
  checkToken,
  live,
  ready,
  advanceClock,
  listMail,
] as readonly Operation[]
