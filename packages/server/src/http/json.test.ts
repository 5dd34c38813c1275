import { Failure } from '@sallyport/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from './json.js'

const parse = (text: string) => parseJson(Buffer.from(text))

function refusal(bytes: Buffer | string): { code: string; paths: unknown } {
  try {
    parseJson(Buffer.from(bytes as string))
  } catch (error) {
    if (error instanceof Failure)
      return { code: error.code, paths: error.details.fields?.map((field) => field.path) }
    throw error
  }
  throw new Error('it was accepted')
}

describe('strict JSON', () => {
  it('reads whatever JSON.stringify writes, to the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8, noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value)
        if (/\\u0000|\\ud[89a-f]|__proto__/i.test(text)) return
        expect(parse(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  it('agrees with JSON.parse on which short texts are JSON at all', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      'a',
      '1',
      '0',
      '-',
      '.',
      'e',
      ' ',
      'true',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (list) => {
        const text = list.join('')
        let valid = true
        try {
          JSON.parse(text)
        } catch {
          valid = false
        }
        if (valid) expect(() => parse(text)).not.toThrow()
        else expect(refusal(text).code).toBe('invalid_json')
      }),
      { numRuns: 2000 },
    )
  })

  it('takes every escape and every white space of RFC 8259', () => {
    expect(parse(' {\t"a\\n\\u00e9\\/" :\r\n [ 1.5e2 , -0.25, "\\ud83d\\ude00" ] } ')).toEqual({
      'a\né/': [150, -0.25, '😀'],
    })
  })

  it('takes 20 levels and refuses the 21st, and 100,000 without growing a stack', () => {
    expect(() => parse(`${'['.repeat(20)}${']'.repeat(20)}`)).not.toThrow()
    expect(refusal(`${'['.repeat(21)}${']'.repeat(21)}`).code).toBe('invalid_json')
    expect(refusal('['.repeat(100_000)).code).toBe('invalid_json')
    expect(refusal('{"a":'.repeat(100_000)).code).toBe('invalid_json')
  })

  it('refuses a member that stands there twice, however it is spelled', () => {
    expect(refusal('{"a":1,"a":1}').code).toBe('invalid_json')
    expect(refusal('{"a":1,"\\u0061":1}').code).toBe('invalid_json')
    expect(refusal('{"x":{"b":1,"b":2}}').code).toBe('invalid_json')
    expect(refusal('{"__proto__":1,"__proto__":2}').code).toBe('invalid_json')
    expect(parse('{"a":{"b":1},"b":2}')).toEqual({ a: { b: 1 }, b: 2 })
  })

  it.each([
    ['a byte order mark', Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d])],
    ['a broken octet', Buffer.from([0x22, 0xff, 0x22])],
    ['an overlong octet sequence', Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
    ['a surrogate written as octets', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['a raw line break in a text', '"a\nb"'],
    ['a number beyond a double', '[1e999]'],
    ['a leading zero', '01'],
    ['a plus sign', '+1'],
    ['NaN', 'NaN'],
    ['a trailing comma', '[1,]'],
    ['a comment', '{}//'],
    ['single quotes', "{'a':1}"],
    ['nothing', ''],
    ['two values', '1 2'],
    ['a cut text', '"abc'],
    ['a cut escape', '"\\'],
    ['a wrong escape', '"\\x"'],
  ])('refuses %s', (_name, bytes) => {
    expect(refusal(bytes).code).toBe('invalid_json')
  })

  it('refuses NUL and half a surrogate pair in a text and says where, and takes the whole pair', () => {
    expect(refusal('{"a":["x","\\u0000"]}')).toEqual({ code: 'invalid_request', paths: [['a', 1]] })
    expect(refusal('{"a":"\\ud83d"}')).toEqual({ code: 'invalid_request', paths: [['a']] })
    expect(refusal('{"a":"\\ude00\\ud83d"}').code).toBe('invalid_request')
    expect(refusal('{"\\u0000":1}').code).toBe('invalid_request')
    expect(parse('"\\ud83d\\ude00"')).toBe('😀')
  })

  it('leaves __proto__ out at every depth and takes constructor for what it is', () => {
    const read = parse(
      '{"__proto__":{"admin":true},"a":{"__proto__":1},"constructor":{"prototype":2}}',
    ) as object
    expect(Object.keys(read)).toEqual(['a', 'constructor'])
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
    expect((read as { admin?: boolean }).admin).toBeUndefined()
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })
})
