// Every operation there is, in the order of the manual. An operation that is not listed here cannot be served.
import type { Operation } from '../operation.js'
import { advanceClock } from './clock.js'
import { confirm } from './confirm.js'
import { live, ready } from './health.js'
import { introspect } from './introspection.js'
import { jwks, metadata } from './keys.js'
import { logIn } from './login.js'
import { logOut, logOutEverywhere } from './logout.js'
import { changePassword } from './password.js'
import { deleteProfile, getProfile, updateProfile } from './profile.js'
import { refresh } from './refresh.js'
import { endOtherSessions, endSession, listSessions } from './sessions.js'
import { signUp } from './signup.js'

export const operations = [
  signUp,
  logIn,
  refresh,
  logOut,
  logOutEverywhere,
  getProfile,
  updateProfile,
  deleteProfile,
  changePassword,
  confirm,
  listSessions,
  endSession,
  endOtherSessions,
  jwks,
  metadata,
  introspect,
  live,
  ready,
  advanceClock,
] as readonly Operation[]
