// What can be said: operations, errors and wire contracts. Pure data and types; no I/O, runs anywhere.
export * from './contract.js'
export { contracts, type KnownContract } from './contracts/index.js'
export { native } from './contracts/native.js'
export * from './errors.js'
export * from './gateways/index.js'
export * from './operation.js'
export { createApiKey, listApiKeys, removeApiKey } from './operations/apikeys.js'
export { listAudit, verifyAudit } from './operations/audit.js'
export { advanceClock } from './operations/clock.js'
export { requestCode, verifyCode } from './operations/code.js'
export { getConfiguration } from './operations/configuration.js'
export { confirm } from './operations/confirm.js'
export { changeEmail, confirmEmail, resendEmail, undoEmail, verifyEmail } from './operations/email.js'
export { live, ready } from './operations/health.js'
export { operations } from './operations/index.js'
export { introspect } from './operations/introspection.js'
export {
  jwks,
  listKeys,
  listVerifiers,
  metadata,
  publicPem,
  removeKey,
  removeVerifier,
  rotateKeys,
} from './operations/keys.js'
export { getLink } from './operations/link.js'
export { logIn } from './operations/login.js'
export { logOut, logOutEverywhere } from './operations/logout.js'
export { listMail, listOutbox, previewMail, resendMail, testMail } from './operations/mail.js'
export { changePassword, forgotPassword, replacePassword, resetPassword } from './operations/password.js'
export { changePhone, removePhone, verifyPhone } from './operations/phone.js'
export {
  deleteProfile,
  exportProfile,
  getProfile,
  restoreProfile,
  updateProfile,
} from './operations/profile.js'
export { refresh } from './operations/refresh.js'
export { followRevocations } from './operations/revocations.js'
export { listRoles } from './operations/roles.js'
export { rewrapSecret } from './operations/secret.js'
export {
  endAnySession,
  endOtherSessions,
  endSession,
  listAllSessions,
  listSessions,
} from './operations/sessions.js'
export { setUp, setUpLink } from './operations/setup.js'
export type {
  MessageAsked,
  SetPassword,
  TicketedMessage,
  Tokens,
  Transport,
  User,
  VerifyFirst,
} from './operations/shapes.js'
export { register, signUp } from './operations/signup.js'
export {
  linkGoogle,
  listIdentities,
  listProviders,
  logInWithGoogle,
  unlinkIdentity,
} from './operations/social.js'
export { getStats } from './operations/stats.js'
export { checkToken, explainToken } from './operations/token.js'
export {
  createUser,
  deleteUser,
  disableUser,
  editUser,
  enableUser,
  getUser,
  introduceUser,
  listUsers,
  logOutUser,
  mostRoles,
  pageUsers,
  setUserPassword,
  updateUser,
  viewUser,
} from './operations/users.js'
export type {
  PageAnswer,
  PageCookie,
  PageFile,
  PageRequest,
  PageRoute,
  Pages,
} from './page.js'
export { type Schema, type Static, shapesOf } from './schema.js'
export { type Data, type Print, parseTemplate, type Reference, type Tree } from './template.js'
export { compileTree } from './template-print.js'
export * from './transcript.js'
export * from './transcripts/index.js'
export { readUserAgent } from './user-agent.js'
