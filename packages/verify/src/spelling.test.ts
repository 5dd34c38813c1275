import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesOf as bytesHere, copyOf, textOf } from './bytes.js'
import { isCanonical, longest, possibleLength, readObject } from './spelling.js'
import { bytesOf, textOf as webTextOf } from './web/bytes.js'

const encode = (text: string) => Buffer.from(text).toString('base64url')

describe('spelling', () => {
  test('a segment is canonical exactly where encoding its bytes gives it back', () => {
    const alphabet = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
    const segment = fc.string({ unit: alphabet, minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(segment, (text) => {
        const same = Buffer.from(text, 'base64url').toString('base64url') === text
        return same === (possibleLength(text.length) && isCanonical(text))
      }),
      { numRuns: 2000 },
    )
  })

  test('any object of eight levels that JSON can print is read back', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 6, noUnicodeString: false }))
    fc.assert(
      fc.property(object, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent)
        fc.pre(encode(text).length <= longest)
        for (const read of [textOf, webTextOf])
          expect(readObject(encode(text), read)).toEqual(JSON.parse(text))
      }),
    )
  })

  test('a member that is named twice is found at any place', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 })
    fc.assert(
      fc.property(object, fc.nat(), fc.jsonValue({ maxDepth: 2 }), (value, pick, other) => {
        const names = Object.keys(value)
        const name = JSON.stringify(names[pick % names.length])
        const text = `${JSON.stringify(value).slice(0, -1)},${name}:${JSON.stringify(other)}}`
        fc.pre(encode(text).length < longest - 20)
        for (const json of [text, `{"in":[0,${text}]}`])
          expect(readObject(encode(json), textOf)).toBe('spelling')
      }),
    )
  })

  test.each([
    '{"a":1,"a":1}',
    '{"a":"","a":""}',
    '{"a":"x" , "a":{"b":["c","d"]}}',
    '{"a":{"b":{},"b":{}},"c":":"}',
    '{"a":[{"b":1,"b":2}],"c":["",""]}',
    '{"__proto__":1,"__proto__":2}',
    '{"a":1,"\\u0061":2}',
    '{"a":1,"a":2,"c":"\\""}',
    '{"\\"":1,"\\u0022":2}',
  ])('%s names a member twice', (json) => {
    expect(() => JSON.parse(json)).not.toThrow()
    for (const read of [textOf, webTextOf]) expect(readObject(encode(json), read)).toBe('spelling')
  })

  test.each([
    '{"a":":","b":["{","}",","],"c":{"a":"a"}}',
    '{"a":"\\\\","\\"a\\"":"\\u0022"}',
    '{"__proto__":"a"}',
  ])('%s names none twice', (json) => {
    for (const read of [textOf, webTextOf]) expect(readObject(encode(json), read)).toEqual(JSON.parse(json))
  })

  test('what is longer than a token is not cut to its length', () => {
    const text = 'A'.repeat(longest)
    expect([bytesHere(text).length, copyOf(text), textOf(text)?.length]).toEqual([longest, text, 6144])
    for (const read of [bytesHere, copyOf, textOf]) expect(() => read(`${text}A`)).toThrow(RangeError)
  })

  test('without Node, bytes and texts are read as Node reads them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const segment = Buffer.from(bytes).toString('base64url')
        expect(bytesOf(segment)).toEqual(Uint8Array.from(bytes))
        expect(webTextOf(segment)).toBe(textOf(segment))
      }),
      { numRuns: 2000 },
    )
    for (const text of ['\ufeff{}', 'é😀', '\u0000', ''])
      expect([textOf(encode(text)), webTextOf(encode(text))]).toEqual([text, text])
  })
})
