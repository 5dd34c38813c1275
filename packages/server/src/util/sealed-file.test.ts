import { describe, expect, test } from 'vitest'
import { isSealed, NotOpened, openStream, sealStream } from './sealed-file.js'

const passphrase = 'a long passphrase of many words'
const chunk = 64 * 1024
const sealedChunk = chunk + 16

async function* of(...parts: Uint8Array[]) {
  yield* parts
}
async function all(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts)
}
/** At the least work that is opened; what is usual takes half a second. */
const ln = 10
const seal = (plain: Buffer) => all(sealStream(of(plain), passphrase, ln))
const open = (sealed: Buffer, word = passphrase) => all(openStream(of(sealed), word))
const content = (size: number) =>
  Buffer.from(Array.from({ length: size }, (_, at) => (at * 7 + (at >> 8)) & 255))
const headerOf = (sealed: Buffer) => sealed.subarray(0, sealed.indexOf(0x0a) + 1)
const bodyOf = (sealed: Buffer) => sealed.subarray(headerOf(sealed).length)

describe('what is sealed', () => {
  test.each([0, 1, chunk - 1, chunk, chunk + 1, 3 * chunk, 3 * chunk + 5])(
    'comes back byte for byte, %i of them',
    async (size) => {
      const plain = content(size)
      const sealed = await seal(plain)
      expect(isSealed(sealed)).toBe(true)
      expect((await open(sealed)).equals(plain)).toBe(true)
      expect(bodyOf(sealed)).toHaveLength(size + 16 * Math.max(1, Math.ceil(size / chunk)))
    },
  )

  test('is cut and joined however the bytes arrive', async () => {
    const plain = content(chunk + 100)
    const sealed = await all(
      sealStream(of(plain.subarray(0, 3), plain.subarray(3, chunk), plain.subarray(chunk)), passphrase, ln),
    )
    const bits = Array.from({ length: Math.ceil(sealed.length / 1000) }, (_, at) =>
      sealed.subarray(at * 1000, (at + 1) * 1000),
    )
    expect((await all(openStream(of(...bits), passphrase))).equals(plain)).toBe(true)
  })

  test('shows nothing of itself, and is never the same twice', async () => {
    const plain = Buffer.from('password_hash '.repeat(1000))
    const [one, other] = [await seal(plain), await seal(plain)]
    expect(one.includes('password_hash')).toBe(false)
    expect(bodyOf(one).equals(bodyOf(other))).toBe(false)
  })
})

describe('what was done to it is noticed', () => {
  const plain = content(3 * chunk + 5)
  const refused = (sealed: Buffer, word?: string) =>
    expect(open(sealed, word)).rejects.toBeInstanceOf(NotOpened)

  test('another passphrase, and one that differs in a letter', async () => {
    const sealed = await seal(plain)
    await refused(sealed, `${passphrase} `)
    await refused(sealed, '')
  })

  test('an end that is missing, at the border of a chunk and elsewhere', async () => {
    const sealed = await seal(plain)
    const start = headerOf(sealed).length
    for (const kept of [0, 1, 16, sealedChunk, 2 * sealedChunk, 3 * sealedChunk, 3 * sealedChunk + 20])
      await refused(sealed.subarray(0, start + kept))
    await refused(sealed.subarray(0, start - 1))
    // A border of chunks that is the end as well.
    const even = await seal(content(2 * chunk))
    await refused(even.subarray(0, headerOf(even).length + sealedChunk))
  })

  test('chunks in another order, twice, or added', async () => {
    const sealed = await seal(plain)
    const body = bodyOf(sealed)
    const part = (at: number) => body.subarray(at * sealedChunk, (at + 1) * sealedChunk)
    const of = (...order: number[]) => Buffer.concat([headerOf(sealed), ...order.map(part)])
    expect((await open(of(0, 1, 2, 3))).equals(plain)).toBe(true)
    for (const order of [
      [1, 0, 2, 3],
      [0, 0, 1, 2, 3],
      [0, 2, 3],
      [1, 2, 3],
      [0, 1, 2, 3, 3],
    ])
      await refused(of(...order))
    await refused(Buffer.concat([sealed, Buffer.alloc(1)]))
  })

  test('a bit anywhere, and a first line of another file', async () => {
    const sealed = await seal(plain)
    for (const at of [
      headerOf(sealed).length,
      headerOf(sealed).length + sealedChunk + 9,
      sealed.length - 1,
    ]) {
      const changed = Buffer.from(sealed)
      changed[at]! ^= 1
      await refused(changed)
    }
    const other = await seal(plain)
    await refused(Buffer.concat([headerOf(other), bodyOf(sealed)]))
  })

  test('a first line that asks for absurd work, before any is done', async () => {
    const sealed = await seal(plain)
    const header = headerOf(sealed).toString()
    expect(header).toContain('"ln":10')
    expect(String(headerOf(await all(sealStream(of(), passphrase))))).toContain('"ln":17')
    for (const [from, to] of [
      ['"ln":10', '"ln":40'],
      ['"ln":10', '"ln":"10"'],
      ['"r":8', '"r":800'],
      ['"version":1', '"version":2'],
    ])
      await refused(Buffer.concat([Buffer.from(header.replace(from!, to!)), bodyOf(sealed)]))
  })
})
