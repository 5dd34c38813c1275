// What a User-Agent header says, in the words that people know their devices by. A guess for the eye: nothing is decided by
// a header that anybody can write.

const browsers: [name: string, pattern: RegExp][] = [
  ['Edge', /\bEdg(e|A|iOS)?\//],
  ['Opera', /\b(OPR|OPiOS|Opera)\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Whale', /\bWhale\//],
  ['Firefox', /\b(Firefox|FxiOS)\//],
  ['Chrome', /\b(Chrome|CriOS|Chromium|HeadlessChrome)\//],
  ['Safari', /\bVersion\/[\d.]+ (Mobile\/\w+ )?Safari\//],
]

const systems: [name: string, pattern: RegExp][] = [
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Android', /\bAndroid\b/],
  ['Windows', /\bWindows\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['macOS', /\bMac OS X\b|\bMacintosh\b/],
  ['Linux', /\bLinux\b/],
]

const find = (list: typeof browsers, text: string) => list.find(([, pattern]) => pattern.test(text))?.[0]

/** The names of browser and system as far as they are known; of a program its own, such as `curl/8.5.0`. */
export function readUserAgent(userAgent: string | undefined): { browser?: string; system?: string } {
  const text = (userAgent ?? '').slice(0, 512)
  const system = find(systems, text)
  const browser = find(browsers, text) ?? /^(?!Mozilla\b)[\w.+-]{1,40}(\/[\w.+-]{1,20})?/.exec(text)?.[0]
  return { ...(browser && { browser }), ...(system && { system }) }
}
