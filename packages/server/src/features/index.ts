// The features, in the order of the manual. What is not listed here does not exist.
import type { Feature } from '../domain/feature.js'
import { apikeys } from './apikeys/index.js'
import { audit } from './audit/index.js'
import { clock } from './clock/index.js'
import { code } from './code/index.js'
import { configuration } from './configuration/index.js'
import { confirm } from './confirm/index.js'
import { email } from './email/index.js'
import { health } from './health/index.js'
import { introspection } from './introspection/index.js'
import { keys } from './keys/index.js'
import { link } from './link/index.js'
import { login } from './login/index.js'
import { logout } from './logout/index.js'
import { mail } from './mail/index.js'
import { password } from './password/index.js'
import { phone } from './phone/index.js'
import { profile } from './profile/index.js'
import { refresh } from './refresh/index.js'
import { revocations } from './revocations/index.js'
import { roles } from './roles/index.js'
import { secret } from './secret/index.js'
import { sessions } from './sessions/index.js'
import { setup } from './setup/index.js'
import { signup } from './signup/index.js'
import { social } from './social/index.js'
import { stats } from './stats/index.js'
import { token } from './token/index.js'
import { users } from './users/index.js'

export const features: readonly Feature[] = [
  signup,
  login,
  refresh,
  logout,
  profile,
  password,
  confirm,
  email,
  code,
  phone,
  link,
  sessions,
  social,
  keys,
  introspection,
  revocations,
  setup,
  users,
  roles,
  apikeys,
  audit,
  stats,
  configuration,
  mail,
  secret,
  token,
  health,
  clock,
]
