// A user agent in the words that people know their devices by. Guesswork for the eye: nothing is decided by it.

const browsers: [name: string, pattern: RegExp][] = [
  ['Edge', /\bEdg(e|A|iOS)?\//],
  ['Opera', /\b(OPR|Opera)\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Whale', /\bWhale\//],
  ['Firefox', /\b(Firefox|FxiOS)\//],
  ['Chrome', /\b(Chrome|CriOS|Chromium|HeadlessChrome)\//],
  ['Safari', /\bVersion\/[\d.]+ (Mobile\/\w+ )?Safari\//],
  ['curl', /^curl\//],
]

const systems: [name: string, pattern: RegExp][] = [
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Android', /\bAndroid\b/],
  ['Windows', /\bWindows\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['macOS', /\bMac OS X\b/],
  ['Linux', /\bLinux\b/],
]

const find = (list: typeof browsers, text: string) => list.find(([, pattern]) => pattern.test(text))?.[0]

/** The browser's and the system's name, as far as they are known. */
export function readUserAgent(userAgent: string | undefined): { browser?: string; system?: string } {
  const text = (userAgent ?? '').slice(0, 512)
  const [browser, system] = [find(browsers, text), find(systems, text)]
  return { ...(browser && { browser }), ...(system && { system }) }
}
