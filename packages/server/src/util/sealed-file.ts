// A file sealed to a passphrase, written and read as a stream. The key is scrypt's of the passphrase and a salt of the
// file's own; the content is cut into chunks, each sealed with AES-256-GCM under the number of the chunk and whether it
// is the last (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár). A chunk that is changed, moved, left
// out or added is noticed, and so is an end that is missing. The first line says in the clear what the file is.
import {
  type CipherGCM,
  createCipheriv,
  createDecipheriv,
  type DecipherGCM,
  randomBytes,
  scrypt,
} from 'node:crypto'
import { promisify } from 'node:util'
import { sha256 } from './hash.js'

/** The file was damaged or cut, or the passphrase is another one. */
export class NotOpened extends Error {
  override readonly name = 'NotOpened'
}

const CHUNK = 64 * 1024
const TAG = 16
/** 128 MiB and about half a second. */
const LOG_N = 17
const MOST_LOG_N = 20
const LONGEST_HEADER = 512

interface Header {
  readonly format: 'sallyport-sealed'
  readonly version: 1
  readonly kdf: 'scrypt'
  readonly ln: number
  readonly r: 8
  readonly p: 1
  /** base64 */
  readonly salt: string
}

const magic = '{"format":"sallyport-sealed"'

/** Whether these are the first bytes of a sealed file. */
export const isSealed = (start: Uint8Array): boolean =>
  Buffer.from(start).toString('latin1').startsWith(magic)

/** The sealed form of a stream; `ln` is the logarithm of scrypt's N. */
export async function* sealStream(
  plain: AsyncIterable<Uint8Array>,
  passphrase: string,
  ln = LOG_N,
): AsyncGenerator<Buffer> {
  const salt = randomBytes(32)
  const header: Header = {
    format: 'sallyport-sealed',
    version: 1,
    kdf: 'scrypt',
    ln,
    r: 8,
    p: 1,
    salt: salt.toString('base64'),
  }
  const line = Buffer.from(`${JSON.stringify(header)}\n`)
  const key = await keyOf(passphrase, header)
  yield line
  const bound = sha256(line)
  let count = 0
  for await (const { bytes, last } of cut(plain, CHUNK)) {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(count, last)) as CipherGCM
    cipher.setAAD(bound)
    const sealed = Buffer.concat([cipher.update(bytes), cipher.final()])
    yield Buffer.concat([sealed, cipher.getAuthTag()])
    count += 1
  }
}

/** What was sealed. Throws NotOpened, also in the middle: nothing counts before the stream has ended. */
export async function* openStream(
  sealed: AsyncIterable<Uint8Array>,
  passphrase: string,
): AsyncGenerator<Buffer> {
  const { line, rest } = await splitHeader(sealed)
  const key = await keyOf(passphrase, readHeader(line))
  const bound = sha256(line)
  let count = 0
  for await (const { bytes, last } of cut(rest, CHUNK + TAG)) {
    yield openChunk(key, nonceOf(count, last), bound, bytes, count)
    count += 1
  }
}

function openChunk(key: Buffer, nonce: Buffer, bound: Buffer, bytes: Buffer, count: number): Buffer {
  const wrong =
    count === 0
      ? 'the passphrase is another one, or the file is damaged'
      : 'the file is damaged, or its end is missing'
  if (bytes.length < TAG) throw new NotOpened(wrong)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG }) as DecipherGCM
  decipher.setAAD(bound)
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(0, bytes.length - TAG)), decipher.final()])
  } catch {
    throw new NotOpened(wrong)
  }
}

/** The number of the chunk, and a last byte that says whether it ends the file. */
function nonceOf(count: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUIntBE(count, 5, 6)
  nonce[11] = last ? 1 : 0
  return nonce
}

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt)

function keyOf(passphrase: string, { ln, r, p, salt }: Header): Promise<Buffer> {
  const N = 2 ** ln
  const maxmem = 128 * r * (N + p + 2) + 1024 * 1024
  return derive(passphrase.normalize('NFC'), Buffer.from(salt, 'base64'), 32, { N, r, p, maxmem })
}

function readHeader(line: Buffer): Header {
  let header: Partial<Header> = {}
  try {
    header = JSON.parse(line.toString('utf8')) as Partial<Header>
  } catch {
    // Told below.
  }
  const { version, kdf, ln = 0, r, p, salt } = header
  const known = version === 1 && kdf === 'scrypt' && r === 8 && p === 1
  const bounded = Number.isInteger(ln) && ln >= 10 && ln <= MOST_LOG_N && typeof salt === 'string'
  if (known && bounded) return header as Header
  throw new NotOpened('its first line is damaged, or a newer version wrote it')
}

/** The first line with its end, and the stream behind it. */
async function splitHeader(sealed: AsyncIterable<Uint8Array>) {
  const iterator = sealed[Symbol.asyncIterator]()
  let start = Buffer.alloc(0)
  for (;;) {
    const end = start.indexOf(0x0a)
    if (end >= 0) {
      const [line, first] = [start.subarray(0, end + 1), start.subarray(end + 1)]
      return { line, rest: continued(first, iterator) }
    }
    const { value, done } = await iterator.next()
    if (done || start.length > LONGEST_HEADER) throw new NotOpened('its first line is damaged')
    start = Buffer.concat([start, value])
  }
}

async function* continued(first: Buffer, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first
  for (;;) {
    const { value, done } = await iterator.next()
    if (done) return
    yield value
  }
}

/** Pieces of one size; only the last may be shorter, and there always is one. */
async function* cut(chunks: AsyncIterable<Uint8Array>, size: number) {
  let parts: Uint8Array[] = []
  let held = 0
  for await (const chunk of chunks) {
    parts.push(chunk)
    held += chunk.length
    // What fills a piece exactly is held back: it may be the last.
    if (held <= size) continue
    const all = Buffer.concat(parts)
    let at = 0
    for (; all.length - at > size; at += size) yield { bytes: all.subarray(at, at + size), last: false }
    parts = [all.subarray(at)]
    held = all.length - at
  }
  yield { bytes: Buffer.concat(parts), last: true }
}
