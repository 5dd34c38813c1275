// What ties forms to the browser they were shown in.

const form = /^[\w-]{22}$/

/** 16 random bytes. */
export function newFormCookie(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url')
}

/** The browser's own, or a new one where it brought none that could be ours. */
export function formCookieOf(kept: string | undefined): { value: string; isNew: boolean } {
  return kept !== undefined && form.test(kept)
    ? { value: kept, isNew: false }
    : { value: newFormCookie(), isNew: true }
}
