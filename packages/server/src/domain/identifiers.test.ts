import { describe, expect, it } from 'vitest'
import { hostileAddresses } from '../testing/hostile.js'
import { parseEmail, parseUsername } from './identifiers.js'

describe('an email address', () => {
  it.each([
    ['Ada@Example.COM', 'ada@example.com'],
    ['  ada@example.com ', 'ada@example.com'],
    ['ada＠example.com', 'ada@example.com'],
    ['ａｄａ@example.com', 'ada@example.com'],
    ['ada@example。com', 'ada@example.com'],
    ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ['ada@XN--BCHER-KVA.example', 'ada@xn--bcher-kva.example'],
    ['ada@bu\u0308cher.example', 'ada@xn--bcher-kva.example'],
    ["o'hara+tag@example.com", "o'hara+tag@example.com"],
    ['用户@例子.example', '用户@xn--fsqu00a.example'],
  ])('%s is compared as %s', (written, compared) => {
    expect(parseEmail(written)?.normalized).toBe(compared)
  })

  it('keeps the letter case of its local part for showing', () => {
    expect(parseEmail('Ada.Lovelace@Example.com')?.address).toBe('Ada.Lovelace@example.com')
  })

  it('does not merge what two mailboxes may be', () => {
    const compared = [
      'a.b@x.example',
      'ab@x.example',
      'a+1@x.example',
      'straße@x.example',
      'strasse@x.example',
    ]
    expect(new Set(compared.map((one) => parseEmail(one)?.normalized)).size).toBe(5)
  })
})

it.each(hostileAddresses)('%j is no address', (written) => {
  expect(parseEmail(written)).toBeUndefined()
})

describe('a username', () => {
  it.each([
    ['Ada', 'ada'],
    [' ada ', 'ada'],
    ['ＡＤＡ', 'ada'],
    ['ﬁona', 'fiona'],
    ['re\u0301ne\u0301', 'réné'],
    ['Иван', 'иван'],
    ['日本語ユーザー', '日本語ユーザー'],
    ['a.b_c-d', 'a.b_c-d'],
  ])('%s is compared as %s', (written, compared) => {
    expect(parseUsername(written)?.normalized).toBe(compared)
  })

  it.each([
    ['two scripts', 'аdmin'],
    ['two scripts', 'paypаl'],
    ['a zero-width character', 'ad\u200bmin'],
    ['a soft hyphen', 'ad\u00admin'],
    ['a direction mark', '\u202eabc'],
    ['a reserved word', 'admin'],
    ['a reserved word in capitals', 'ROOT'],
    ['a reserved word, full-width', 'ａｄｍｉｎ'],
    ['a reserved word in superscript', 'ᵃdmin'],
    ['an address', 'ada@example.com'],
    ['a blank', 'a b'],
    ['a line break', 'a\nb'],
    ['a slash', 'a/b'],
    ['an angle bracket', '<b>'],
    ['an emoji', 'a😀'],
    ['a dot at its end', 'ada.'],
    ['nothing', ''],
    ['65 letters', 'a'.repeat(65)],
  ])('with %s is refused', (_why, written) => {
    expect(parseUsername(written)).toBeUndefined()
  })
})
