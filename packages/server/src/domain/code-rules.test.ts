import { describe, expect, it } from 'vitest'
import { drawCode, drawLetters, goodFor, lifeOf, readCode } from './code-rules.js'

const minute = 60_000

describe('how long codes and links are good', () => {
  it('is ours where a contract says nothing', () => {
    expect(lifeOf('verify_email')).toEqual({ link: 10 * minute, code: 10 * minute })
    expect(lifeOf('verify_email', { mail: { reset_password: { page: '/', link: 1 } } })).toEqual(
      lifeOf('verify_email'),
    )
  })

  it('is the contract’s for the two messages that it has pages for', () => {
    const mail = { verify_email: { page: '/', link: 60, code: 5 }, reset_password: { page: '/', code: 99 } }
    expect(lifeOf('verify_email', { mail })).toEqual({ link: 60 * minute, code: 5 * minute })
    const { reset_password } = goodFor
    expect(lifeOf('reset_password', { mail })).toEqual({ link: reset_password, code: reset_password })
    for (const purpose of ['login', 'change_email', 'undo_email'] as const)
      expect(lifeOf(purpose, { mail }).link).toBe(goodFor[purpose])
  })
})

it('letters are eight, of an alphabet in which nothing looks alike, and all of them occur', () => {
  const all = Array.from({ length: 500 }, drawLetters)
  for (const one of all) expect(one).toMatch(/^[ACDEFGHJKMNPQRTVWXY34679]{8}$/)
  expect(new Set(all.join('')).size).toBe(24)
  expect(new Set(all).size).toBe(500)
})

it('letters are for what a contract has a page for, digits for everything else', () => {
  const mail = { verify_email: { page: '/' }, codes: 'letters' } as const
  expect(drawCode('verify_email', { mail })).toHaveLength(8)
  expect(drawCode('reset_password', { mail })).toMatch(/^\d{6}$/)
  expect(drawCode('verify_phone', { mail })).toMatch(/^\d{6}$/)
})

it('a code is read in any width and letter case, with blanks and hyphens', () => {
  expect(readCode(' acde-ｆｇ 34')).toBe('ACDEFG34')
  expect(readCode('482 913')).toBe('482913')
})
