// How messages call the device that somebody signed in on: «Firefox on Linux».
import { readUserAgent } from '@sallyport/protocol'

/** Browser and system, as far as they are known. */
export function browserName(userAgent: string): string {
  const { browser, system } = readUserAgent(userAgent)
  if (browser === undefined) return system ?? 'unknown'
  return system === undefined ? browser : `${browser} on ${system}`
}
