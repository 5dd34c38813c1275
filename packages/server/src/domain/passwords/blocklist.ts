// Passwords that everybody tries first: the list we ship, and one of the operator's. A list is one buffer of sorted
// lines, searched by halving, because a Set of fifty thousand texts takes ten times the memory.
// common-passwords.txt must stay as `fold` and the order of UTF-8 bytes leave it; a test says so.
import { readFileSync, statSync } from 'node:fs'

export interface Blocklist {
  /** Whether the text is listed, whatever its letter case. */
  has(text: string): boolean
}

const largestFile = 16 * 1024 * 1024

/** The form in which texts are compared: NFC in lower case. Lower-casing can take NFC apart, hence the second time. */
export function fold(text: string): string {
  return text.normalize('NFC').toLowerCase().normalize('NFC')
}

const opened = new Map<string | undefined, Blocklist>()

/**
 * The shipped list and, where a path is given, the operator's, read once for a process. The shipped one is read at the
 * first look-up, the operator's at once, so that a start which opens it stops at a wrong path. Throws an Error that
 * names the file.
 */
export function openBlocklist(path?: string): Blocklist {
  const known = opened.get(path)
  if (known) return known
  const own = path === undefined ? undefined : readOwnList(path)
  const blocklist: Blocklist = {
    has: (text) => {
      const line = Buffer.from(fold(text))
      return holds(commonPasswords(), line) || (own !== undefined && holds(own, line))
    },
  }
  opened.set(path, blocklist)
  return blocklist
}

let common: Buffer | undefined

function commonPasswords(): Buffer {
  common ??= readFileSync(new URL('./common-passwords.txt', import.meta.url))
  return common
}

function readOwnList(path: string): Buffer {
  try {
    if (statSync(path).size > largestFile) throw new Error('it is larger than 16 MiB')
    const text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
    return sortLines(text.split(/\r?\n/))
  } catch (error) {
    throw new Error(`password.blocklist_file: ${path} cannot be used: ${(error as Error).message}`)
  }
}

/**
 * Folded, sorted by UTF-8 bytes, each line ended by LF. The lines are sorted as texts of one character a byte, whose
 * own order that is: a buffer for each line would take many times the memory.
 */
function sortLines(lines: readonly string[]): Buffer {
  const bytes = new Set<string>()
  for (const line of lines) if (line !== '') bytes.add(Buffer.from(fold(line)).toString('latin1'))
  const sorted = [...bytes].sort()
  return Buffer.from(sorted.map((line) => `${line}\n`).join(''), 'latin1')
}

const newline = 0x0a

/** Whether a line stands in sorted lines. */
function holds(lines: Buffer, line: Buffer): boolean {
  let low = 0
  let high = lines.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const start = middle === low ? low : Math.max(low, lines.lastIndexOf(newline, middle - 1) + 1)
    const end = lines.indexOf(newline, start)
    const order = lines.compare(line, 0, line.length, start, end)
    if (order === 0) return true
    if (order < 0) low = end + 1
    else high = start
  }
  return false
}
