// What a User-Agent header says, in words that people know: «Firefox on Linux». A guess that is shown and nothing else: no
// decision rests on a header that anybody can write.

const browsers: readonly (readonly [string, RegExp])[] = [
  ['Edge', /\bEdg(e|A|iOS)?\//],
  ['Opera', /\b(OPR|OPiOS|Opera)\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\b(Firefox|FxiOS)\//],
  ['Chrome', /\b(Chrome|CriOS)\//],
  ['Safari', /\bVersion\/.*\bSafari\//],
]
const systems: readonly (readonly [string, RegExp])[] = [
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Android', /\bAndroid\b/],
  ['Windows', /\bWindows\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['macOS', /\bMac OS X\b|\bMacintosh\b/],
  ['Linux', /\bLinux\b/],
]

/** Browser and system, as far as they are known ones; else the first word, such as `curl/8.5.0`. */
export function browserName(userAgent: string): string {
  const find = (known: typeof browsers) => known.find(([, pattern]) => pattern.test(userAgent))?.[0]
  const [browser, system] = [find(browsers), find(systems)]
  if (browser === undefined) return /^[\w.+-]{1,40}(\/[\w.+-]{1,20})?/.exec(userAgent)?.[0] ?? 'unknown'
  return system === undefined ? browser : `${browser} on ${system}`
}
