// Somebody who is signed in, or has just become so.
import type { PageAnswer, User } from '@sallyport/protocol'
import { newBrowserCookie } from './browser-cookies.js'
import { noFlow } from './flow.js'
import { go, type Visit } from './visit.js'

/** What an account is called by. */
export const accountName = ({ email, preferred_username, phone_number, name, id }: User): string =>
  email ?? preferred_username ?? phone_number ?? name ?? id

/** Signed in: on to where it was asked for, with another form cookie, so that no form from before counts after it. */
export function arrive({ returnTo, flow }: Visit, usual = '/account'): PageAnswer {
  const cookies = [{ name: 'form' as const, value: newBrowserCookie() }, ...(flow ? [noFlow] : [])]
  return go(returnTo.address ?? usual, { cookies })
}

/** Whether what was typed is meant as a phone number. */
export const looksLikeNumber = (text: string): boolean => /^\+?[\d\s().-]{6,}$/.test(text)
