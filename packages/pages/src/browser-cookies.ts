// What ties a form, and the address to go back to, to the browser they were shown in.

/** A cookie's value: the one that the browser brought, or a new one. */
export interface BrowserCookie {
  readonly value: string
  readonly isNew: boolean
}

const form = /^[\w-]{22}$/

/** 16 random bytes. */
export function newBrowserCookie(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url')
}

/** The browser's own, or a new one where it brought none that could be ours. */
export function browserCookieOf(kept: string | undefined): BrowserCookie {
  return kept !== undefined && form.test(kept)
    ? { value: kept, isNew: false }
    : { value: newBrowserCookie(), isNew: true }
}
