// Bytes and texts by Node's own means; web/bytes.ts does without. All of them pass through one piece of memory: a Buffer
// for each would cost more to collect than the reading itself. So what is answered is good until the next call only.
import { isUtf8 } from 'node:buffer'
import { longest } from './spelling.js'

const memory = new ArrayBuffer(longest)
const workspace = Buffer.from(memory)

/** The bytes of an ASCII text, until the next call of anything here. Throws RangeError where it is longer than a token. */
export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(memory, 0, fill(text, 'latin1'))
}

/** The text in a segment, a byte order mark included; undefined where it is no UTF-8. */
export function textOf(segment: string): string | undefined {
  const length = fill(segment, 'base64url')
  const text = workspace.toString('utf8', 0, length)
  // What is no UTF-8 is read as U+FFFD, which may stand there by right too.
  return text.includes('\ufffd') && !isUtf8(new Uint8Array(memory, 0, length)) ? undefined : text
}

/** An ASCII text in memory of its own: it may be a slice that would keep a whole request alive. */
export function copyOf(text: string): string {
  return workspace.toString('latin1', 0, fill(text, 'latin1'))
}

/** What does not fit would be cut without a word. */
function fill(text: string, encoding: 'latin1' | 'base64url'): number {
  if (text.length > longest) throw new RangeError(`a text of ${longest} characters at most is read here`)
  return workspace.write(text, encoding)
}
