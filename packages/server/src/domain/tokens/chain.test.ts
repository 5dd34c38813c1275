import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { uuidToBytes, uuidv7 } from '../../util/ids.js'
import {
  type ChainRow,
  chainKeys,
  firstToken,
  fromJti,
  hashToken,
  judge,
  parse,
  successor,
  toJti,
} from './chain.js'

const keys = chainKeys(Buffer.alloc(32, 1))
const other = chainKeys(Buffer.alloc(32, 2))
const sid = uuidv7(Date.UTC(2030, 0, 1))
const first = firstToken(keys, uuidToBytes(sid), Buffer.alloc(28, 7))
const bytesOf = (size: number) => fc.uint8Array({ minLength: size, maxLength: size })

describe('the token', () => {
  test('is laid out as sid, generation, secret and tag, in 86 characters', () => {
    expect(first).toMatch(/^[\w-]{86}$/)
    const bytes = Buffer.from(first, 'base64url')
    expect(bytes.subarray(0, 16)).toEqual(uuidToBytes(sid))
    expect(bytes.subarray(16, 20)).toEqual(Buffer.alloc(4))
    expect(bytes.subarray(20, 48)).toEqual(Buffer.alloc(28, 7))
    const tag = createHmac('sha256', keys.tag).update(bytes.subarray(0, 48)).digest()
    expect(bytes.subarray(48)).toEqual(tag.subarray(0, 16))
    expect(hashToken(first)).toEqual(createHash('sha256').update(first).digest())
  })

  test('is read back, under whichever key made it', () => {
    fc.assert(
      fc.property(bytesOf(16), bytesOf(28), bytesOf(16), fc.nat({ max: 1 }), (id, secret, salt, index) => {
        const all = [keys, other]
        const token = firstToken(all[index]!, id, secret)
        const parsed = parse(token, all)!
        expect(parsed).toMatchObject({ generation: 0, keyIndex: index })
        expect(uuidToBytes(parsed.sid)).toEqual(Buffer.from(id))
        expect(parsed.secret).toEqual(Buffer.from(secret))
        expect(parse(successor(all[index]!, parsed, salt), all)).toMatchObject({
          sid: parsed.sid,
          generation: 1,
          keyIndex: index,
        })
      }),
    )
  })

  test('with any bit flipped is refused', () => {
    const bytes = Buffer.from(first, 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const wrong = Buffer.from(bytes)
      wrong[bit >> 3]! ^= 1 << (bit & 7)
      expect(parse(wrong.toString('base64url'), [keys])).toBeUndefined()
    }
  })

  test('in any other spelling is refused', () => {
    expect(parse(first, [keys])).toBeDefined()
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const spare = alphabet[alphabet.indexOf(first.at(-1)!) ^ 1]
    const base64 = Buffer.from(first, 'base64url').toString('base64')
    const spellings = [
      `${first}=`,
      `${first}==`,
      ` ${first}`,
      `${first}\n`,
      first.slice(0, -1) + spare,
      base64,
      base64.slice(0, 86),
      first.slice(0, -1),
      `${first}A`,
      first.toUpperCase(),
      '',
    ]
    for (const wrong of spellings) if (wrong !== first) expect(parse(wrong, [keys])).toBeUndefined()
    fc.assert(fc.property(fc.string({ maxLength: 100 }), (text) => parse(text, [keys]) === undefined))
    fc.assert(
      fc.property(
        fc.nat({ max: 85 }),
        fc.constantFrom('+', '/', '=', ' ', '\n', '\u0000', 'é', '.'),
        (at, character) => {
          expect(parse(first.slice(0, at) + character + first.slice(at + 1), [keys])).toBeUndefined()
        },
      ),
    )
  })

  test('of another secret or without keys is refused', () => {
    expect(parse(first, [other])).toBeUndefined()
    expect(parse(first, [])).toBeUndefined()
    expect(parse(first, [other, keys])?.keyIndex).toBe(1)
  })

  test('is not made of parts of a wrong size', () => {
    expect(() => firstToken(keys, Buffer.alloc(15), Buffer.alloc(28))).toThrow(RangeError)
    expect(() => firstToken(keys, Buffer.alloc(16), Buffer.alloc(27))).toThrow(RangeError)
  })
})

describe('the successor', () => {
  const parsed = parse(first, [keys])!
  const salt = Buffer.alloc(16, 3)

  test('follows from token, salt and key alone, and from each of them', () => {
    const next = successor(keys, parsed, salt)
    expect(successor(keys, parse(first, [other, keys])!, Buffer.from(salt))).toBe(next)
    const another = parse(firstToken(keys, uuidToBytes(sid), Buffer.alloc(28, 8)), [keys])!
    const all = [
      next,
      successor(keys, parsed, Buffer.alloc(16, 4)),
      successor(other, parsed, salt),
      successor(keys, another, salt),
    ]
    expect(new Set(all.map((token) => token.slice(27))).size).toBe(4)
    const secret = createHmac('sha256', keys.next)
      .update(Buffer.from(first, 'base64url').subarray(0, 48))
      .update(salt)
      .digest()
    expect(parse(next, [keys])).toMatchObject({ sid, generation: 1, secret: secret.subarray(0, 28) })
  })

  test('counts generations to the end of four bytes and stops there', () => {
    const last = { ...parsed, generation: 2 ** 32 - 2 }
    const token = parse(successor(keys, last, salt), [keys])!
    expect(token.generation).toBe(2 ** 32 - 1)
    expect(() => successor(keys, token, salt)).toThrow(RangeError)
  })
})

describe('the jti of a JWT that is a refresh token', () => {
  test('has 64 characters and gives the token back', () => {
    fc.assert(
      fc.property(bytesOf(16), bytesOf(28), bytesOf(16), (id, secret, salt) => {
        const token = successor(keys, parse(firstToken(keys, id, secret), [keys])!, salt)
        const jti = toJti(token)
        expect(jti).toMatch(/^[\w-]{64}$/)
        expect(fromJti(parse(token, [keys])!.sid, jti)).toBe(token)
      }),
    )
  })

  test('under another session, or changed, is nothing or has a wrong tag', () => {
    const jti = toJti(first)
    expect(parse(fromJti(uuidv7(Date.UTC(2030, 0, 2)), jti)!, [keys])).toBeUndefined()
    expect(parse(fromJti(sid, `${jti.startsWith('B') ? 'C' : 'B'}${jti.slice(1)}`)!, [keys])).toBeUndefined()
    for (const wrong of ['', jti.slice(1), `${jti}A`, `${jti.slice(0, -1)}=`, `${jti.slice(0, -1)}+`])
      expect(fromJti(sid, wrong)).toBeUndefined()
    for (const wrong of ['', 'somebody', sid.slice(1), `${sid}00`])
      expect(fromJti(wrong, jti)).toBeUndefined()
  })
})

describe('judge', () => {
  const hashes = {
    r0: Buffer.alloc(32, 10),
    r1: Buffer.alloc(32, 11),
    r2: Buffer.alloc(32, 12),
    forked: Buffer.alloc(32, 13),
  }
  const [attempt, anotherAttempt] = [Buffer.alloc(32, 20), Buffer.alloc(32, 21)]
  const at = Date.UTC(2030, 0, 1)
  const row: ChainRow = {
    generation: 2,
    current_hash: hashes.r2,
    previous_hash: hashes.r1,
    attempt_hash: attempt,
    rotated_at: at,
  }
  const previous = { row, hash: hashes.r1, generation: 1, attemptHash: null, now: at, graceMs: 10_000 }

  test('the predecessor is answered again within the grace, its last millisecond included', () => {
    for (const age of [0, 1, 9_999, 10_000]) expect(judge({ ...previous, now: at + age })).toBe('repeat')
    expect(judge({ ...previous, now: at + 10_001 })).toBe('reuse')
    expect(judge({ ...previous, graceMs: 60_000, now: at + 60_000 })).toBe('repeat')
  })

  test('a clock that went back does not make a retry a thief', () => {
    expect(judge({ ...previous, now: at - 5_000 })).toBe('repeat')
    expect(judge({ ...previous, now: at - 5_000, graceMs: 0 })).toBe('duplicate')
  })

  test('the same attempt id is answered without a limit of time while the successor is unused', () => {
    for (const age of [0, 10_001, 14 * 86_400_000])
      for (const graceMs of [0, 10_000])
        expect(judge({ ...previous, attemptHash: attempt, now: at + age, graceMs })).toBe('repeat')
  })

  test('another attempt id, or one the row does not have, extends nothing', () => {
    const late = { ...previous, now: at + 10_001 }
    expect(judge({ ...late, attemptHash: anotherAttempt })).toBe('reuse')
    expect(judge({ ...late, row: { ...row, attempt_hash: null }, attemptHash: attempt })).toBe('reuse')
    expect(judge({ ...late, row: { ...row, attempt_hash: null } })).toBe('reuse')
  })

  test('without a grace the first two seconds are a duplicate and the rest is reuse', () => {
    const strict = { ...previous, graceMs: 0 }
    expect(judge(strict)).toBe('duplicate')
    expect(judge({ ...strict, now: at + 1_999 })).toBe('duplicate')
    expect(judge({ ...strict, now: at + 2_000 })).toBe('reuse')
    expect(judge({ ...previous, graceMs: 500, now: at + 501 })).toBe('duplicate')
  })

  test('once the successor is used its predecessor is reuse, grace and attempt id or not', () => {
    const oldest = { ...previous, hash: hashes.r0, generation: 0 }
    expect(judge(oldest)).toBe('reuse')
    expect(judge({ ...oldest, attemptHash: attempt })).toBe('reuse')
    expect(judge({ ...oldest, graceMs: 0 })).toBe('reuse')
  })

  test("a generation above the row's is a store that was rolled back", () => {
    expect(judge({ ...previous, hash: hashes.forked, generation: 3 })).toBe('rolled_back')
    const fresh = { ...row, generation: 0, current_hash: hashes.r0, previous_hash: null, attempt_hash: null }
    expect(judge({ ...previous, row: fresh, hash: hashes.r1, generation: 1 })).toBe('rolled_back')
  })

  test("another token of the row's own generation is reuse", () => {
    expect(judge({ ...previous, hash: hashes.forked, generation: 2 })).toBe('reuse')
  })

  test('the newest token is never reuse', () => {
    for (const graceMs of [0, 10_000])
      for (const now of [at, at + 3_600_000])
        expect(judge({ ...previous, hash: hashes.r2, generation: 2, graceMs, now })).toBe('duplicate')
  })
})
