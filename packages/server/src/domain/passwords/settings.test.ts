import { describe, expect, test } from 'vitest'
import type { Setting, Settings } from '../../util/setting.js'
import { costCaps, defaultCost } from './phc.js'
import {
  argon2Setting,
  blocklistFileSetting,
  minimumLength,
  minLengthSetting,
  passwordRules,
  passwordSettings,
  presetSetting,
} from './settings.js'

const configured = (values: Record<string, unknown> = {}): Settings => ({
  get: <T>({ name, fallback }: Setting<T>) => (name in values ? (values[name] as T) : fallback),
})
const minimum = (values: Record<string, unknown>, contract?: number) =>
  minimumLength(configured(values), contract)

describe('the shortest password', () => {
  test('is 8, or what the contract says, also where that is less', () => {
    expect(minimum({})).toBe(8)
    expect(minimum({}, 1)).toBe(1)
    expect(minimum({}, 12)).toBe(12)
  })

  test('is raised for every contract by an operator who asks for more', () => {
    expect(minimum({ 'password.min_length': 10 }, 1)).toBe(10)
    expect(minimum({ 'password.min_length': 10 }, 12)).toBe(12)
  })

  test('is 15 with the preset nist, or more where more is asked', () => {
    expect(minimum({ 'password.preset': 'nist' })).toBe(15)
    expect(minimum({ 'password.preset': 'nist' }, 1)).toBe(15)
    expect(minimum({ 'password.preset': 'nist', 'password.min_length': 20 })).toBe(20)
  })

  test('cannot be configured below 8', () => {
    expect(minLengthSetting.parse('7')).toBeUndefined()
    expect(minLengthSetting.parse('8')).toBe(8)
  })
})

test('the rules of a check hold the lengths of the contract and the common passwords', () => {
  const rules = passwordRules(configured(), { min: 1, max: 255 })
  expect(rules).toMatchObject({ min: 1, max: 255 })
  expect(rules.blocklist?.has('password1')).toBe(true)
  expect(passwordRules(configured(), { min: 1, common: 'allowed' }).blocklist).toBeUndefined()
  expect(passwordRules(configured())).toMatchObject({ min: 8, max: undefined })
})

test("a wrong path of the operator's list is refused by name", () => {
  const settings = configured({ 'password.blocklist_file': '/nowhere/passwords.txt' })
  expect(() => passwordRules(settings)).toThrow(/password\.blocklist_file.*\/nowhere\/passwords\.txt/)
})

describe('the cost of a hash', () => {
  test('is the default where nothing is said, and for the members left out', () => {
    expect(argon2Setting.fallback).toEqual({ memory: 19_456, passes: 2, parallelism: 1 })
    expect(argon2Setting.parse({ memory: 65_536 })).toEqual({ ...defaultCost, memory: 65_536 })
    expect(argon2Setting.parse('{"passes":3}')).toEqual({ ...defaultCost, passes: 3 })
  })

  test('reaches from the default to the caps', () => {
    expect(argon2Setting.parse({ ...defaultCost })).toEqual(defaultCost)
    expect(argon2Setting.parse({ ...costCaps })).toEqual(costCaps)
    for (const member of ['memory', 'passes', 'parallelism'] as const) {
      expect(argon2Setting.parse({ [member]: defaultCost[member] - 1 }), member).toBeUndefined()
      expect(argon2Setting.parse({ [member]: costCaps[member] + 1 }), member).toBeUndefined()
    }
  })

  test('is refused where it is anything else', () => {
    const wrong = ['', 'much', '[]', 7, null, [], { memory: '19456' }, { memory: 2e4 + 0.5 }, { m: 19_456 }]
    for (const raw of wrong) expect(argon2Setting.parse(raw), JSON.stringify(raw)).toBeUndefined()
  })
})

test('every setting of the room is declared under the word password', () => {
  const names = [minLengthSetting, presetSetting, blocklistFileSetting, argon2Setting].map(({ name }) => name)
  expect(passwordSettings.map(({ name }) => name)).toEqual(names)
  expect(names.every((name) => name.startsWith('password.'))).toBe(true)
})
