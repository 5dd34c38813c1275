import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareText, prefixEnd } from './values.js'

const texts = fc.string({ unit: 'binary' })

test('texts compare as their UTF-8 bytes do', () => {
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      expect(Math.sign(compareText(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
    }),
  )
})

test('the end of a prefix is above every text with the prefix and not above the next', () => {
  fc.assert(
    fc.property(texts, texts, (prefix, other) => {
      const end = prefixEnd(prefix)
      const inside = (text: string) =>
        compareText(text, prefix) >= 0 && (end === undefined || compareText(text, end) < 0)
      expect(inside(prefix + other)).toBe(true)
      expect(inside(other)).toBe(other.startsWith(prefix))
    }),
  )
})

test('the end of a prefix steps over the surrogates and back from the last code point', () => {
  expect(prefixEnd('a')).toBe('b')
  expect(prefixEnd('\ud7ff')).toBe('\ue000')
  expect(prefixEnd('\uffff')).toBe('\u{10000}')
  expect(prefixEnd('a\u{10ffff}')).toBe('b')
  expect(prefixEnd('\u{10ffff}')).toBeUndefined()
  expect(prefixEnd('')).toBeUndefined()
})
