import { describe, expect, test } from 'vitest'
import { recordsOf } from './csv.js'
import { linesOf } from './text-lines.js'

const longest = 100

/** The records of a text that arrives in chunks of that many bytes. */
async function read(content: string | Buffer, size = 7) {
  const bytes = Buffer.from(content as string)
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  const records = []
  for await (const record of recordsOf(linesOf(chunks(), longest), longest)) records.push(record)
  return records
}
const fields = async (content: string) => (await read(content)).map((record) => record.fields)

describe('a record', () => {
  test.each([
    ['a,b,c\n', [['a', 'b', 'c']]],
    ['a,b,c', [['a', 'b', 'c']]],
    [
      'a,b\r\nc,d\r\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['a,,\n', [['a', '', '']]],
    [',\n', [['', '']]],
    [' a , b \n', [[' a ', ' b ']]],
    ['"a","b"\n', [['a', 'b']]],
    ['"a,b",c\n', [['a,b', 'c']]],
    ['"say ""so""",c\n', [['say "so"', 'c']]],
    ['"",""""\n', [['', '"']]],
    ['"two\nlines",c\n', [['two\nlines', 'c']]],
    ['"two\r\nlines"\r\n', [['two\r\nlines']]],
    ['"ends\n\n"\n', [['ends\n\n']]],
    ['a\n\n\r\nb\n', [['a'], ['b']]],
    ['é,한\n', [['é', '한']]],
    ['', []],
  ])('%j has these fields, in chunks of any size', async (content, expected) => {
    expect(await fields(content)).toEqual(expected)
    for (const size of [1, 2, 1000])
      expect((await read(content, size)).map((record) => record.fields)).toEqual(expected)
  })

  test('is named by the line on which it begins', async () => {
    const lines = (await read('a\n"b\nb\nb"\n\nc\n')).map(({ line }) => line)
    expect(lines).toEqual([1, 2, 6])
  })

  test('that nothing ends says so', async () => {
    expect((await read('a\nb')).map(({ ended }) => ended)).toEqual([true, false])
  })
})

describe('a fault', () => {
  test.each([
    ['a"b,c', 'a quote stands within a field that is not in quotes'],
    ['"a"b,c', 'text stands behind a closing quote'],
    ['"a" ,c', 'text stands behind a closing quote'],
    ['"two\nlines"x', 'text stands behind a closing quote'],
  ])('in %j costs its record and no other', async (content, fault) => {
    const [first, second, ...rest] = await read(`${content}\nnext\n`)
    expect(first).toMatchObject({ line: 1, fault })
    expect(first!.fields).toBeUndefined()
    expect([second?.fields, rest]).toEqual([['next'], []])
  })

  test('of bytes that are no UTF-8 is told, also where they split a character', async () => {
    const records = await read(Buffer.concat([Buffer.from('a,'), Buffer.from([0xc3]), Buffer.from('\nb\n')]))
    expect(records).toMatchObject([
      { line: 1, fault: 'is not valid UTF-8' },
      { line: 2, fields: ['b'] },
    ])
  })

  test('of a quote that is never closed is told where it was opened', async () => {
    expect(await read('a\n"b,c')).toMatchObject([{}, { line: 2, fault: 'a quoted field is never closed' }])
    expect(await read('a\n"b,c\n')).toMatchObject([{}, { line: 2, fault: 'a quoted field is never closed' }])
  })

  test('of more than may be is told, for a line and for a record of many, and reading goes on', async () => {
    const long = await read(`${'x'.repeat(longest + 1)}\nb\n`)
    expect(long).toMatchObject([{ line: 1, fault: expect.stringContaining('longer') }, { fields: ['b'] }])
    const many = await read(`"${'x\n'.repeat(longest)}\nb\n`)
    expect(many[0]).toMatchObject({ fault: expect.stringContaining('longer') })
    expect(many.at(-1)).toMatchObject({ fields: ['b'] })
    expect((await read(`${'x'.repeat(longest)}\n`))[0]!.fields).toHaveLength(1)
  })
})
