// Texts that leave the server and come back to it: the token of a form, a return address, what somebody had typed.
// Sealed, for one purpose, beside one thing, until a moment. Nothing of them is kept.
import type { Context } from './context.js'

type Parts = Pick<Context, 'secrets' | 'clock'>

const TIME = 6

/** The text as base64url; `lifetime` in milliseconds. `beside` must be the same when it is opened. */
export function sealNote(
  { secrets, clock }: Parts,
  purpose: string,
  text: string,
  lifetime: number,
  beside: string,
): string {
  const plain = Buffer.alloc(TIME + Buffer.byteLength(text))
  plain.writeUIntBE(clock.now() + lifetime, 0, TIME)
  plain.write(text, TIME)
  return secrets.seal(plain, associated(purpose, beside)).toString('base64url')
}

/** The text; undefined where it is not ours, over, for another purpose, beside something else, or spelled otherwise. */
export function openNote(
  { secrets, clock }: Parts,
  purpose: string,
  note: string,
  beside: string,
): string | undefined {
  if (!/^[A-Za-z0-9_-]+$/.test(note)) return undefined
  const bytes = Buffer.from(note, 'base64url')
  if (bytes.toString('base64url') !== note) return undefined
  const plain = secrets.open(bytes, associated(purpose, beside))
  if (plain === undefined || plain.length < TIME || plain.readUIntBE(0, TIME) <= clock.now()) return undefined
  return plain.toString('utf8', TIME)
}

/** A kid, an id of a row and a purpose never look alike: nothing else that is sealed begins so. */
const associated = (purpose: string, beside: string) => `note ${purpose} ${beside}`
