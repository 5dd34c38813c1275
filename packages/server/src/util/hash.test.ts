import { createHmac, createSecretKey } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hmac, sha256 } from './hash.js'

const hex = (text: string) => Buffer.from(text, 'hex')

test('hmac gives what RFC 4231 says it gives', () => {
  const cases: [key: Buffer, message: string | Buffer, mac: string][] = [
    [Buffer.alloc(20, 0x0b), 'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
    [
      Buffer.from('Jefe'),
      'what do ya want for nothing?',
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
    [
      Buffer.alloc(20, 0xaa),
      Buffer.alloc(50, 0xdd),
      '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
    ],
    [
      Buffer.alloc(131, 0xaa),
      'Test Using Larger Than Block-Size Key - Hash Key First',
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    ],
  ]
  for (const [key, message, mac] of cases) {
    expect(hmac(key, message)).toEqual(hex(mac))
    expect(hmac(createSecretKey(key), message)).toEqual(hex(mac))
  }
})

test("hmac gives what Node's own does, for keys and messages of any length and in any parts", () => {
  const bytes = fc.uint8Array({ maxLength: 3000 })
  const part = fc.oneof(bytes, fc.string({ unit: 'binary', maxLength: 1500 }))
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 200 }),
      fc.array(part, { maxLength: 4 }),
      (key, parts) => {
        const theirs = createHmac('sha256', key)
        for (const one of parts) theirs.update(one)
        const mac = theirs.digest()
        expect(hmac(key, ...parts)).toEqual(mac)
        const kept = createSecretKey(key)
        expect(hmac(kept, ...parts)).toEqual(mac)
        // Once more, from the pads that were kept, after another message went the same way.
        hmac(kept, 'something else')
        expect(hmac(kept, ...parts)).toEqual(mac)
      },
    ),
  )
})

test('what a digest is made of does not change with the next one', () => {
  const first = sha256('first')
  const mac = hmac(Buffer.from('key'), 'first')
  const [before, macBefore] = [Buffer.from(first), Buffer.from(mac)]
  for (let count = 0; count < 1000; count++) hmac(Buffer.from('key'), sha256(String(count)))
  expect([first, mac]).toEqual([before, macBefore])
})
