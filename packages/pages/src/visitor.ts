// Somebody who is signed in, or has just become so.
import type { PageAnswer, User } from '@sallyport/protocol'
import { newFormCookie } from './form-cookie.js'
import { go, type Visit } from './visit.js'

/** What an account is called by. */
export const accountName = ({ email, preferred_username, phone_number, name, id }: User): string =>
  email ?? preferred_username ?? phone_number ?? name ?? id

/** Signed in: on to where it was asked for, with another form cookie, so that no form from before counts after it. */
export function arrive({ returnTo }: Visit, usual = '/account'): PageAnswer {
  return go(returnTo.address ?? usual, { cookies: [{ name: 'form', value: newFormCookie() }] })
}
