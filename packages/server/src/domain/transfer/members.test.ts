import { describe, expect, test } from 'vitest'
import { createMapping } from './members.js'

const apply = (row: Record<string, unknown>, ...map: string[]) => createMapping(map).apply(row)
const ignoredOf = (row: Record<string, unknown>, ...map: string[]) => {
  const mapping = createMapping(map)
  mapping.apply(row)
  return mapping.ignored()
}

describe('the names of a row', () => {
  test('are ours, usual ones, in camel case too, or what the mapping says', () => {
    expect(
      apply({ email: 'a', emailVerified: true, Username: 'b', firstName: 'c', phone_number: '1' }),
    ).toEqual({
      email: 'a',
      email_verified: true,
      preferred_username: 'b',
      given_name: 'c',
      phone_number: '1',
    })
    expect(apply({ mail: 'a', name: 'x' }, 'mail=email', 'name=metadata.nick')).toEqual({
      email: 'a',
      metadata: { nick: 'x' },
    })
    expect(apply({ 'a=b': 'x' }, 'a=b=username')).toEqual({ preferred_username: 'x' })
  })

  test('reach into what is nested, and leave the row as it was', () => {
    const row = { _id: { $oid: '5f' }, fields: { email: 'a', groups: [] }, app_metadata: { plan: 'gold' } }
    const before = structuredClone(row)
    expect(apply(row, '_id.$oid=app_metadata.old_id', 'fields.email=email')).toEqual({
      email: 'a',
      app_metadata: { plan: 'gold', old_id: '5f' },
    })
    expect(row).toEqual(before)
    expect(apply({ fields: { email: 'a' } }, 'fields.constructor.name=name')).toEqual({})
  })

  test('that are not taken are told, also where something beside them was', () => {
    const row = { email: 'a', shoe: 41, notes: 'x', fields: { name: 'b', groups: [] }, 'a.b': 1 }
    expect(ignoredOf(row, 'notes=-', 'fields.name=name', 'a.b=metadata.ab')).toEqual([
      'shoe',
      'fields.groups',
    ])
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`column${at}`, 1]))
    expect(ignoredOf(many)).toHaveLength(50)
  })

  test('of nothing, an empty cell and MySQL’s NULL say nothing', () => {
    expect(apply({ name: '', locale: null, picture: '\\N', email: 'a', zoneinfo: undefined })).toEqual({
      email: 'a',
    })
  })

  test('that stand for one member twice are refused', () => {
    expect(() => apply({ phone: '1', phone_number: '2' })).toThrow('is a second phone_number')
    expect(apply({ phone: '1', phone_number: '' })).toEqual({ phone_number: '1' })
  })

  test('that nobody has are refused before a row is read', () => {
    for (const pair of [
      'email',
      '=email',
      'mail=',
      'mail=unheard',
      'a=metadata.b.c',
      'a=roles.b',
      'a=__proto__',
    ])
      expect(() => createMapping([pair]), pair).toThrow('is not understood')
  })
})
