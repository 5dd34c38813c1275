// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how texts in contracts hold values
import { describe, expect, it } from 'vitest'
import type { Template } from './contract.js'
import type { Schema } from './schema.js'
import { parseTemplate, type Scope } from './template.js'
import { compileTree } from './template-print.js'

const schema: Schema = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    at: { type: 'integer' },
    roles: { type: 'array', items: { type: 'string' } },
    items: { type: 'array', items: { type: 'object', properties: { id: { type: 'string' } } } },
    user: { type: 'object', properties: { email: { type: 'string' }, age: { type: 'integer' } } },
    metadata: { type: 'object', additionalProperties: true },
  },
  required: ['name'],
}
const input: Schema = { type: 'object', properties: { email: { type: 'string' } } }
const roles = [
  { id: 3, name: 'Admin', role: 'admin' },
  { id: 2, name: 'Editor', role: 'editor' },
  { id: 1, name: 'User' },
]
const scope: Scope = { schema, input, user: { mail: '$email', years: '$age' }, roles }

function print(template: Template, data: object, given: object = {}) {
  return compileTree(parseTemplate(template, scope))(data as never, given as never)
}

describe('templates', () => {
  it('put in values, and leave a member out where there is none', () => {
    expect(
      print({ n: '$name', m: '$metadata.x', u: '$user.email', e: '$input.email' }, { name: 'a' }),
    ).toEqual({ n: 'a' })
    expect(
      print(
        { m: '$metadata.x', u: '$user.email', e: '$input.email' },
        { metadata: { x: 0 }, user: { email: 'e' } },
        { email: 'i' },
      ),
    ).toEqual({ m: 0, u: 'e', e: 'i' })
    expect(print({ n: '$name' }, { name: null })).toEqual({})
  })

  it('write times through codecs, seconds rounded down', () => {
    const template = { a: '$at|rfc3339', b: '$at|seconds', c: '$at|milliseconds', d: '$user.age|seconds' }
    expect(print(template, { at: 1_700_000_000_999 })).toEqual({
      a: '2023-11-14T22:13:20.999Z',
      b: 1_700_000_000,
      c: 1_700_000_000_999,
    })
  })

  it('write a text in capitals, and nothing else so', () => {
    expect(print({ a: '$name|upper', b: '$user.email|upper' }, { name: 'google' })).toEqual({ a: 'GOOGLE' })
    expect(() => parseTemplate('$at|upper', scope)).toThrow('is not a text')
    expect(() => parseTemplate('$name|rfc3339', scope)).toThrow('is not a time')
  })

  it('gather items under a text of theirs', () => {
    const template = { $each: '$items', by: '$id', as: '$id' }
    expect(print(template, { items: [{ id: 'a' }, { id: 'b' }, { id: 'a' }] })).toEqual({
      a: ['a', 'a'],
      b: ['b'],
    })
    expect(print({ errors: template }, {})).toEqual({})
    expect(() => parseTemplate({ $each: '$items', by: 'id', as: '$id' }, scope)).toThrow('`by` must name')
  })

  it('show the user as the contract does', () => {
    expect(print({ data: '$user' }, { user: { email: 'e', age: 3, hash: 'no' } })).toEqual({
      data: { mail: 'e', years: 3 },
    })
    expect(print('$user', {})).toBeUndefined()
  })

  it('make lists of objects and of plain values', () => {
    const template = {
      list: { $each: '$items', as: { key: '$id' } },
      roles: { $each: '$roles', as: { name: '$' } },
    }
    expect(print(template, { items: [{ id: '1' }, { id: '2' }], roles: ['x'] })).toEqual({
      list: [{ key: '1' }, { key: '2' }],
      roles: [{ name: 'x' }],
    })
    expect(print(template, {})).toEqual({})
  })

  it('make texts, with nothing where there is nothing, and keep dollar signs that are doubled', () => {
    expect(print('Hello ${name}, ${input.email}!', { name: 'Ann' })).toBe('Hello Ann, !')
    expect(print(['$$name', 1, true, null], {})).toEqual(['$name', 1, true, null])
  })

  it('show roles by the entries of the contract, one without a role for everybody', () => {
    const template = {
      all: { $each: '$roles', in: 'roles', as: { id: '$id', name: '$name' } },
      highest: { $one: '$roles', in: 'roles', as: '$name' },
      known: { $each: '#roles', as: '$id' },
    }
    expect(print(template, { roles: ['editor', 'unheard-of'] })).toEqual({
      all: [
        { id: 2, name: 'Editor' },
        { id: 1, name: 'User' },
      ],
      highest: 'Editor',
      known: [3, 2, 1],
    })
    expect(print({ highest: template.highest }, {})).toEqual({ highest: 'User' })
  })

  it('take the first that is there, and make one truth of several facts', () => {
    const template = {
      f: { $first: ['$user.email', '$name', ''] },
      a: { $all: [{ $is: ['$name', 'a'] }, { $is: ['$at', 1] }] },
    }
    expect(print(template, { name: 'a', at: 1 })).toEqual({ f: 'a', a: true })
    expect(print(template, { at: 1 })).toEqual({ f: '', a: false })
    expect(print(template, { name: 'a', user: { email: 'e' } })).toEqual({ f: 'e', a: false })
  })

  it.each<[string, Template]>([
    ['needs a list', { $first: '$name' }],
    ['needs a list', { $all: [] }],
    ['$one', { $one: '$roles', as: '$' }],
    ['nothing else is known', { $each: '$roles', in: 'colours', as: '$' }],
    ['$nobody', { a: '$nobody' }],
    ['$constructor', '$constructor'],
    ['$name.deeper', '$name.deeper'],
    ['$user.hash', '$user.hash'],
    ['$input.password', '${input.password}'],
    ['fortnights', '$at|fortnights'],
    ['not a time', '$name|rfc3339'],
    ['not a list', { $each: '$name', as: '$' }],
    ['$each', { $each: '$items' }],
    ['cannot be read', 'x ${a b}'],
    ['not a reference', '$a b'],
  ])('refuse %s at the start', (message, template) => {
    expect(() => parseTemplate(template, scope)).toThrow(message)
  })
})
