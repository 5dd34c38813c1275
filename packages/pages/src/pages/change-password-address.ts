// Where password managers send people to change a password (W3C, A Well-Known URL for Changing Passwords).
import type { Page } from '../page.js'
import { go } from '../visit.js'

export const changePasswordAddress: Page = {
  path: '/.well-known/change-password',
  show: () => go('/account/security#password'),
}
