// Passwords that no list holds because there are too many of their kind: runs along the keyboard, the alphabet or the
// digits, and something short or listed said again and again. SP 800-63B asks for a blocklist of what is commonly
// used, and these are; strength in general is not judged here.
import type { Blocklist } from './blocklist.js'

const rows = [
  '1234567890',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
]
const fewest = 4
const repeated = /^(.+?)\1+$/su
const short = /^[a-z0-9]{1,3}$/

/** Whether a folded text of four code units or more is such a run or repetition. */
export function isPattern(folded: string, blocklist: Blocklist): boolean {
  if (folded.length < fewest) return false
  if (isRun(folded)) return true
  const unit = repeated.exec(folded)?.[1]
  return unit !== undefined && (short.test(unit) || isRun(unit) || blocklist.has(unit))
}

/** Neighbours of one row, forwards or backwards; after the last comes the first. */
function isRun(text: string): boolean {
  const backwards = [...text].reverse().join('')
  return rows.some((row) => {
    const endless = row.repeat(Math.ceil(text.length / row.length) + 1)
    return text.length >= fewest && (endless.includes(text) || endless.includes(backwards))
  })
}
