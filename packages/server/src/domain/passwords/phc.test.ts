import { describe, expect, test } from 'vitest'
import { costCaps, defaultCost, readStoredHash, unmatchableHash } from './phc.js'

const bytes = (size: number) => Buffer.alloc(size, 0x5a).toString('base64').replaceAll('=', '')
const phc = (
  parameters = 'm=19456,t=2,p=1',
  variant = 'argon2id',
  version = '$v=19',
  salt = 16,
  digest = 32,
) => `$${variant}${version}$${parameters}$${bytes(salt)}$${bytes(digest)}`
const refusal = (text: string) => {
  const read = readStoredHash(text)
  return read.usable ? undefined : read.refused
}
const weaker = (text: string, current = defaultCost) => {
  const read = readStoredHash(text)
  return read.usable && read.weaker(current)
}

describe('which stored hashes are tried', () => {
  test('every variant and version of argon2 up to the caps is', () => {
    const { memory, passes, parallelism } = costCaps
    expect(refusal(phc())).toBeUndefined()
    expect(refusal(phc('m=64,t=1,p=1', 'argon2i', '$v=16'))).toBeUndefined()
    expect(refusal(phc('m=64,t=1,p=1', 'argon2d', ''))).toBeUndefined()
    expect(refusal(phc(`m=${memory},t=${passes},p=${parallelism}`))).toBeUndefined()
    expect(refusal(phc(undefined, undefined, undefined, 64, 64))).toBeUndefined()
    expect(refusal(phc(undefined, undefined, undefined, 8, 16))).toBeUndefined()
  })

  test('one step above a cap is refused', () => {
    const { memory, passes, parallelism } = costCaps
    for (const parameters of [
      'm=4194304,t=2,p=1',
      `m=${memory + 1},t=2,p=1`,
      `m=19456,t=${passes + 1},p=1`,
      `m=19456,t=2,p=${parallelism + 1}`,
      'm=9999999999,t=9999999999,p=1',
    ])
      expect(refusal(phc(parameters)), parameters).toBe('cost_too_high')
  })

  test('what is no argon2 hash in its usual spelling is refused', () => {
    const broken = [
      '',
      'secret',
      '$argon2id$',
      '$2b$10$abcdefghijklmnopqrstuu',
      phc('m=019456,t=2,p=1'),
      phc('m=-1,t=2,p=1'),
      phc('m=19456,t=0,p=1'),
      phc('t=2,m=19456,p=1'),
      phc('m=19456,t=2,p=1,keyid=AAAA'),
      phc('m=15,t=2,p=2'),
      phc('m=19456,t=2,p=1', 'argon2x'),
      phc('m=19456,t=2,p=1', 'argon2id', '$v=20'),
      phc(undefined, undefined, undefined, 7),
      phc(undefined, undefined, undefined, 65),
      phc(undefined, undefined, undefined, 16, 15),
      phc(undefined, undefined, undefined, 16, 65),
      `${phc()}=`,
      `${phc()}\n`,
      ` ${phc()}`,
      phc().slice(0, -1).concat('b'),
      `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(1_000_000)}$AAAA`,
    ]
    for (const text of broken) expect(refusal(text), text.slice(0, 80)).toBe('unknown_format')
  })
})

describe('which hashes are renewed', () => {
  test('those with less memory, fewer passes, another variant, an older version, a shorter salt or digest', () => {
    for (const text of [
      phc('m=19455,t=2,p=1'),
      phc('m=65536,t=1,p=1'),
      phc(undefined, 'argon2i'),
      phc(undefined, 'argon2d'),
      phc(undefined, undefined, '$v=16'),
      phc(undefined, undefined, ''),
      phc(undefined, undefined, undefined, 15),
      phc(undefined, undefined, undefined, 16, 31),
    ])
      expect(weaker(text), text).toBe(true)
  })

  test('not those as strong or stronger', () => {
    for (const parameters of ['m=19456,t=2,p=1', 'm=65536,t=3,p=4'])
      expect(weaker(phc(parameters))).toBe(false)
  })

  test('a raised configuration renews what was enough before', () => {
    expect(weaker(phc(), { memory: 65_536, passes: 2, parallelism: 1 })).toBe(true)
    expect(weaker(phc(), { memory: 19_456, passes: 3, parallelism: 1 })).toBe(true)
  })
})

test('the stand-in has the current cost and is never the same twice', () => {
  const cost = { memory: 20_000, passes: 3, parallelism: 2 }
  const standIn = unmatchableHash(cost)
  expect(standIn).toContain('$argon2id$v=19$m=20000,t=3,p=2$')
  expect(readStoredHash(standIn).usable).toBe(true)
  expect(weaker(standIn, cost)).toBe(false)
  expect(unmatchableHash(cost)).not.toBe(standIn)
})
