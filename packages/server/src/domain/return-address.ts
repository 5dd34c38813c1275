// Where a flow may lead in the end: a page of ours, or an address at an origin that the operator listed. Judged on what a
// browser would make of it (WHATWG URL), never on how it is spelled.

const longest = 2048
/** White space and control characters are dropped by browsers, a backslash becomes a slash: none is a fair address. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unfair = /[\u0000-\u0020\u007f-\u00a0\\\ufeff\u2028\u2029]/

/** The address as it may be gone to, a path where it is ours; undefined where it may not (OWASP, unvalidated redirects). */
export function admitReturn(
  address: string,
  issuer: string,
  trusted: ReadonlySet<string>,
): string | undefined {
  if (address === '' || address.length > longest || unfair.test(address)) return undefined
  const isPath = address.startsWith('/')
  if (isPath ? address.startsWith('//') : !/^https?:\/\/[^/]/i.test(address)) return undefined
  if (!URL.canParse(address, issuer)) return undefined
  const url = new URL(address, issuer)
  if (url.username !== '' || url.password !== '') return undefined
  const own = new URL(issuer).origin
  if (url.origin !== own) return !isPath && trusted.has(url.origin) ? url.href : undefined
  // Dots may have vanished: `/.//host` is `//host` by now.
  return url.pathname.startsWith('//') ? undefined : url.pathname + url.search + url.hash
}
