import type { Failure } from '@sallyport/protocol'
import { describe, expect, it } from 'vitest'
import { parseFields, parseForm } from './form.js'

function refusal(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    return (error as Failure).code
  }
  return 'accepted'
}

describe('forms and query strings', () => {
  it('reads names and values with plus signs, percent octets and equals signs in values', () => {
    expect(parseFields('a+b=c%20d&e=%C3%A9&f==g&h&&i=')).toEqual({
      'a b': 'c d',
      e: 'é',
      f: '=g',
      h: '',
      i: '',
    })
  })

  it('refuses a field that stands there twice', () => {
    expect(refusal(() => parseFields('a=1&%61=2'))).toBe('invalid_request')
  })

  it('refuses a percent sign that starts no octet, and octets that are no UTF-8', () => {
    for (const text of ['a=%', 'a=%2', 'a=%zz', 'a=%ff', '%c0%af=1'])
      expect(refusal(() => parseFields(text))).toBe('invalid_request')
    expect(refusal(() => parseForm(Buffer.from([0x61, 0x3d, 0xff])))).toBe('invalid_request')
  })

  it('refuses NUL', () => {
    expect(refusal(() => parseFields('a=%00'))).toBe('invalid_request')
  })

  it('sets no prototype', () => {
    expect(Object.getPrototypeOf(parseFields('__proto__=x&a=1'))).toBe(Object.prototype)
  })
})
