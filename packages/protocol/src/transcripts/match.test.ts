import { describe, expect, it } from 'vitest'
import type { Matcher } from '../transcript.js'
import { encodeJwt } from './jwt.js'
import { match } from './match.js'

const token = encodeJwt({
  header: { alg: 'HS256', typ: 'JWT' },
  claims: { sub: 'ädä', iat: 100, exp: 400, roles: ['a'] },
  signature: 'c2ln',
})
const differences = (value: unknown, matcher: Matcher) =>
  match(value, matcher, 'body').map(({ path, expected, got }) => `${path}: ${expected}, ${got}`)

describe('a matcher', () => {
  it.each<[Matcher, unknown[], unknown[]]>([
    ['a text', ['a text'], ['A text', '', 7, null, undefined]],
    ['$$any', ['$any'], ['$$any', 'any']],
    [7, [7], ['7', 7.5, undefined]],
    [null, [null], [undefined, 0, '']],
    ['$any', [null, 0, '', {}], [undefined]],
    ['$absent', [undefined], [null, '']],
    ['$text', ['x'], ['', 7, null, undefined]],
    ['$integer', [0, -3], [0.5, '0', Number.NaN, 2 ** 60]],
    ['$number', [0.5], ['0.5']],
    ['$boolean', [false], ['false', 0]],
    ['$time', ['2030-01-01T00:00:00Z', '2030-01-01T00:00:00.123+02:00'], ['2030-01-01', 1893456000000]],
    ['$uuid', ['0190a000-0000-7000-8000-000000000000'], ['0190a000']],
    ['$jwt', [token], ['a.b.c', 'x', `${token}.x`, 7]],
    ['$object', [{}], [[], null]],
    ['$list', [[]], [{}, null]],
    [{ $integer: { from: 1, to: 3 } }, [1, 3], [0, 4, 2.5, '2']],
    [{ $number: { from: 1 } }, [1, 1e9], [0.9, '2']],
    [{ $left: 300 }, [300, 298], [301, 297, '300', 299.5]],
    [{ $match: '^[0-9a-f]{4}$' }, ['00ff'], ['00FF', '00ff\n', 1234]],
    [{ $contains: 'lost' }, ['is lost.'], ['Lost', 7]],
    [{ $not: 'old' }, ['new'], ['old', '', 7, null, undefined]],
    [{ $not: 7 }, [8], [7, '8', null]],
    [{ $oneOf: [1, 'x', '$absent'] }, [1, 'x', undefined], [2, 'y', null]],
    [{ $each: '$integer', atLeast: 1, atMost: 2 }, [[1], [1, 2]], [[], [1, 2, 3], ['1'], {}]],
    [{ $some: { id: 2 } }, [[{ id: 1 }, { id: 2, x: 1 }]], [[{ id: 1 }], [], {}]],
    [[1, '$text'], [[1, 'x']], [[1], [1, 'x', 2], ['x', 1], { 0: 1, 1: 'x' }]],
    [{ a: 1 }, [{ a: 1, b: 2 }], [{ b: 2 }, [], null, 'a', undefined]],
    [{ $exactly: { a: { b: 1 } } }, [{ a: { b: 1 } }], [{ a: { b: 1 }, c: 1 }, { a: { b: 1, c: 1 } }]],
    [{ $exactly: { a: { $including: { b: 1 } } } }, [{ a: { b: 1, c: 1 } }], [{ a: { b: 1 }, c: 1 }]],
    [{ $jwt: { header: { alg: 'HS256' } } }, [token], ['x.y.z']],
    [{ $jwt: { claims: { sub: 'ädä' }, lifetime: 300 } }, [token], []],
    [{ $jwt: { header: { alg: 'RS256' } } }, [], [token]],
    [{ $jwt: { claims: { sub: 'ada' } } }, [], [token]],
    [{ $jwt: { claims: { $exactly: { sub: 'ädä' } } } }, [], [token]],
    [{ $jwt: { lifetime: 299 } }, [], [token]],
  ])('%j fits what it means and nothing else', (matcher, fitting, others) => {
    for (const value of fitting) expect(differences(value, matcher), JSON.stringify(value)).toEqual([])
    for (const value of others) expect(differences(value, matcher), JSON.stringify(value)).not.toEqual([])
  })

  it('says every difference with its place, what was expected and what came', () => {
    const matcher = { user: { $exactly: { id: '$integer', names: [{ first: 'Ada' }] } }, 'a/b': '$text' }
    const value = { user: { id: '1', names: [{ first: 'Bob', last: 'x' }], hash: 'y' } }
    expect(differences(value, matcher)).toEqual([
      'body/user/id: a whole number, "1"',
      'body/user/names/0/first: "Ada", "Bob"',
      'body/user/names/0/last: nothing, "x"',
      'body/user/hash: nothing, "y"',
      'body/a~1b: a text, nothing',
    ])
  })

  it('does not take inherited names for members', () => {
    expect(differences({}, { constructor: '$any', toString: '$any' })).toHaveLength(2)
    expect(differences(JSON.parse('{"__proto__":1}'), { $exactly: {} })).toHaveLength(1)
  })

  it('shows no whole token of somebody', () => {
    const opaque = 'q'.repeat(12) + 'secret'.repeat(12)
    const told = differences({ a: token, b: opaque }, { a: 7, b: 7 }).join()
    expect(told).not.toContain('c2ln')
    expect(told).not.toContain('secret')
    expect(told).toContain(`${token.split('.')[0]}.`)
  })
})
