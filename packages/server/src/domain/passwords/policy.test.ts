import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { fold, openBlocklist } from './blocklist.js'
import { checkPassword, type PasswordOwner, preparePassword } from './policy.js'

const blocklist = openBlocklist()
const prepared = (text: string) => preparePassword(text)!
const check = (text: string, owner: PasswordOwner = {}, min = 8) =>
  checkPassword(prepared(text), { min, blocklist, ...owner })

describe('the form of a password', () => {
  test('composed and decomposed spellings become one', () => {
    expect(prepared('cafe\u0301 latte')).toBe(prepared('caf\u00e9 latte'))
  })

  test('nothing is trimmed and no letter case is changed', () => {
    expect(prepared('  Leading And Trailing ')).toBe('  Leading And Trailing ')
  })

  test('a compatibility character stays what it is', () => {
    expect(prepared('\uFB01sh')).not.toBe('fish')
  })

  test('a NUL is refused wherever it stands', () => {
    for (const text of ['\0', 'x\0A', 'long enough\0']) expect(preparePassword(text)).toBeUndefined()
    expect(preparePassword('x\u0001A')).toBe('x\u0001A')
  })

  test('preparing twice changes nothing, and every spelling of a text gives the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!text.includes('\0'))
        const once = prepared(text)
        expect(prepared(once)).toBe(once)
        expect(prepared(text.normalize('NFD'))).toBe(once)
      }),
    )
  })
})

describe('length', () => {
  test('one code point less than the minimum is too short, the minimum is enough', () => {
    expect(check('jrw-yk7')).toBe('password_too_short')
    expect(check('jrw-yk7x')).toBeUndefined()
    expect(check('jrw-yk7x-82qhv', {}, 15)).toBe('password_too_short')
    expect(check('jrw-yk7x-82qhvz', {}, 15)).toBeUndefined()
  })

  test('an emoji outside the basic plane counts one', () => {
    expect(check('🦊'.repeat(14), {}, 15)).toBe('password_too_short')
    expect(check('🦊'.repeat(15), {}, 15)).toBeUndefined()
  })

  test('a letter and its accent count one', () => {
    expect(check('e\u0301'.repeat(4), {}, 8)).toBe('password_too_short')
  })

  test('1,024 bytes are accepted and 1,025 refused, counted in UTF-8', () => {
    expect(check(`${'aé'.repeat(341)}z`)).toBeUndefined()
    expect(check(`${'aé'.repeat(341)}zz`)).toBe('password_too_long')
  })

  test('a contract may ask for fewer characters at most', () => {
    const rules = { min: 8, max: 20, blocklist }
    expect(checkPassword(prepared('é'.repeat(20)), rules)).toBeUndefined()
    expect(checkPassword(prepared('é'.repeat(21)), rules)).toBe('password_too_long')
  })
})

describe('what is accepted', () => {
  test('there are no rules of composition', () => {
    const fine = [
      '83017264915028374615',
      'pebble lantern orbit maple',
      'a b c d e f',
      '        ',
      'ÄÖÜ東京Ωж9',
    ]
    for (const text of fine) expect(check(text), text).toBeUndefined()
  })

  test('words that only resemble the owner are accepted', () => {
    const owner = { email: 'anna.smith@example.com', username: 'asm', name: 'Anna Li' }
    for (const text of ['annabel-smithers', 'xannasmithx', 'asm-91-!!-8842', 'li-20-30-4055'])
      expect(check(text, owner), text).toBeUndefined()
  })
})

describe('the blocklist', () => {
  test('common passwords are refused in any letter case', () => {
    for (const text of ['password1', 'PassWord1', 'qwertyuiop', 'iloveyou', 'ILOVEYOU', 'trustno1'])
      expect(check(text), text).toBe('password_too_common')
  })

  test('long ones are on it too', () => {
    for (const text of ['1qaz2wsx3edc4rfv', 'q1w2e3r4t5y6u7i8'])
      expect(check(text, {}, 15), text).toBe('password_too_common')
  })

  test('short ones are refused where a contract allows them', () => {
    expect(check('1111', {}, 1)).toBe('password_too_common')
    expect(check('jz7q', {}, 1)).toBeUndefined()
  })

  test('runs along a row and repetitions of something short or listed are refused as if listed', () => {
    const runs = [
      '12345678',
      '87654321',
      '890123456',
      'abcdefgh',
      'ZYXWVUTSR',
      'qwertyuiopasdfghjkl',
      'qwertzuiop',
    ]
    const repetitions = [
      'aaaaaaaa',
      '00000000',
      '123123123',
      '12341234',
      'abcdabcd',
      'Dragondragon',
      'monkey'.repeat(3),
    ]
    for (const text of [...runs, ...repetitions]) expect(check(text), text).toBe('password_too_common')
    for (const text of ['123456789012345', '1'.repeat(64)])
      expect(check(text, {}, 15)).toBe('password_too_common')
  })

  test('a run or repetition inside something longer is not a pattern', () => {
    const fine = [
      'xk-abcdefgh',
      '12345678-jv',
      'aaaaaaab',
      'vorpal-vorpal-',
      'vqxzvqxz',
      '1234567890-=',
      'ab'.repeat(4).concat('c'),
    ]
    for (const text of fine) expect(check(text), text).toBeUndefined()
  })

  test('every line of the shipped list is found, and none that is one letter longer or shorter by accident', () => {
    const lines = readFileSync(new URL('./common-passwords.txt', import.meta.url), 'utf8')
      .trimEnd()
      .split('\n')
    const all = new Set(lines)
    expect(lines.filter((line) => [...line].length >= 8).length).toBeGreaterThan(10_000)
    expect(lines.filter((line) => !blocklist.has(line))).toEqual([])
    const near = lines.flatMap((line) => [`${line}~`, line.slice(0, -1)])
    expect(near.filter((line) => blocklist.has(line) !== all.has(line))).toEqual([])
  })

  test('the shipped list is folded, sorted by bytes and free of duplicates', () => {
    const text = readFileSync(new URL('./common-passwords.txt', import.meta.url), 'utf8')
    const lines = text.trimEnd().split('\n')
    expect(text).toBe(fold(text))
    const sorted = [...new Set(lines)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    expect(lines.join('\n') === sorted.join('\n')).toBe(true)
  })

  test('neither an empty text nor one with a line break is found', () => {
    for (const text of ['', '\n', 'password\n', 'password\npassword1'])
      expect(blocklist.has(text)).toBe(false)
  })
})

describe("the operator's own list", () => {
  const folder = mkdtempSync(join(tmpdir(), 'passwords-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const list = (name: string, content: string) => {
    writeFileSync(join(folder, name), content)
    return openBlocklist(join(folder, name))
  }

  test('is refused beside the shipped one, whatever its order, line ends, spelling and case', () => {
    const own = list(
      'own.txt',
      '\uFEFFzebra crossing\r\nAcme Corp 2030\n\nCafe\u0301-Noir\na\tb\na\n😀😀\uE000\n',
    )
    const listed = [
      'Zebra Crossing',
      'acme corp 2030',
      'CAF\u00c9-noir',
      'a\tb',
      'a',
      '😀😀\uE000',
      'password1',
    ]
    for (const text of listed) expect(own.has(text), text).toBe(true)
    for (const text of ['zebra cross', 'acme corp 203', '', '\uFEFFzebra crossing', 'a\t'])
      expect(own.has(text)).toBe(false)
  })

  test('holds exactly what was written into it', () => {
    let number = 0
    const line = fc.string({ unit: 'binary' }).filter((text) => !/[\r\n]/.test(text))
    fc.assert(
      fc.property(fc.array(line), line, (lines, other) => {
        number += 1
        const own = list(`property-${number}.txt`, lines.map((text) => `${text}\n`).join(''))
        const folded = new Set(lines.map((text) => fold(text.replace(/^\uFEFF/, ''))))
        for (const text of lines.slice(1)) expect(own.has(text)).toBe(text !== '')
        if (!folded.has(fold(other)) && !blocklist.has(other)) expect(own.has(other)).toBe(false)
      }),
      { numRuns: 50 },
    )
  })

  test('a file that is not there is named', () => {
    expect(() => openBlocklist(join(folder, 'missing.txt'))).toThrow(/password\.blocklist_file.*missing\.txt/)
  })
})

describe('what anybody who knows the owner would try', () => {
  const owner = {
    email: 'Anna.Smith+shop@example.com',
    username: 'asm_1987',
    name: 'Anna Maria Smith-Jørgensen',
  }

  test('the address, its local part, the username and the name are refused, with other signs around or between', () => {
    const guesses = [
      'anna.smith+shop@example.com',
      'ANNA.SMITH+SHOP@EXAMPLE.COM1',
      'Anna.Smith_1987!',
      '99annasmith',
      'anna smith 2030',
      'AnnaSmithShop',
      'asm_1987',
      'ASM_1987',
      'annamariasmithjørgensen',
      'Smith-Jørgensen9',
      'maria1999!!',
    ]
    for (const text of guesses) expect(check(text, owner), text).toBe('password_too_common')
  })

  test("the product's name is refused for everybody", () => {
    for (const text of ['sallyport', 'SallyPort2030!', 'sally-port'])
      expect(check(text), text).toBe('password_too_common')
  })

  test('an accent spelt otherwise is the same word', () => {
    expect(check('jose\u0301jose1', { username: 'Jos\u00e9jose' })).toBe('password_too_common')
  })

  test('a username without letters is refused as it is', () => {
    expect(check('70291836', { username: '70291836' })).toBe('password_too_common')
    expect(check('702918365', { username: '70291836' })).toBeUndefined()
  })

  test('the phone number is refused with and without its prefix and separators', () => {
    const phone = '+46701928374'
    for (const text of ['+46 70 192 83 74', '0701928374', '70-192-83-74', '46701928374'])
      expect(check(text, { phone }), text).toBe('password_too_common')
    for (const text of ['0701928375', 'x0701928374', '8374 8374'])
      expect(check(text, { phone }), text).toBeUndefined()
  })

  test('an owner of whom nothing is known changes nothing', () => {
    expect(
      check('jrw-yk7x', { email: undefined, username: undefined, name: undefined, phone: undefined }),
    ).toBeUndefined()
    expect(check('jrw-yk7x', { email: '', username: '', name: ' ', phone: '' })).toBeUndefined()
  })
})
