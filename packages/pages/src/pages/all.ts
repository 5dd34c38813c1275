// Every page, in the order in which people meet them. routes.ts says the same without loading them.
import type { Page } from '../page.js'
import { account } from './account.js'
import { changePasswordAddress } from './change-password-address.js'
import { codeEnter, codeLink, codeRequest } from './code.js'
import { confirmPage } from './confirm.js'
import { data } from './data.js'
import { deletePage } from './delete.js'
import { devMail } from './dev-mail.js'
import { email } from './email.js'
import { errorPage } from './fault.js'
import { home } from './home.js'
import { languagePage } from './language.js'
import { noAccess } from './no-access.js'
import { phone } from './phone.js'
import { forgot, reset } from './reset.js'
import { security } from './security.js'
import { sessionsPage } from './sessions.js'
import { setup } from './setup.js'
import { signIn } from './sign-in.js'
import { signedOut, signOut } from './sign-out.js'
import { signUpPage } from './sign-up.js'
import { restore, undo } from './undo.js'
import { verify, verifyLink } from './verify.js'

export const pages: readonly Page[] = [
  signIn,
  signUpPage,
  verify,
  verifyLink,
  codeRequest,
  codeEnter,
  codeLink,
  forgot,
  reset,
  undo,
  restore,
  signOut,
  signedOut,
  account,
  security,
  sessionsPage,
  email,
  phone,
  data,
  confirmPage,
  deletePage,
  setup,
  noAccess,
  errorPage,
  languagePage,
  changePasswordAddress,
  devMail,
  home,
]
