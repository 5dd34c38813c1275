import { expect, it } from 'vitest'
import { check } from './sizes.mjs'
import { treeOf } from './tree.mjs'

const lines = (count) => 'void 0\n'.repeat(count)
const sizesOf = (path, text) => check(treeOf({ [path]: text }))

it.each([
  ['packages/server/src/domain/users.ts', 300],
  ['packages/server/src/domain/users.test.ts', 500],
  ['packages/protocol/src/contracts/native.transcript.ts', 500],
  ['packages/server/src/features/login/index.ts', 40],
  ['bench/run.mjs', 300],
])('%s may have %i lines and not one more', (path, limit) => {
  expect(sizesOf(path, lines(limit))).toEqual([])
  expect(sizesOf(path, lines(limit + 1))).toEqual([`${path}: has ${limit + 1} lines, ${limit} are allowed`])
})

it('keeps a check under a hundred lines', () => {
  const text = `export function check() {}\n${lines(99)}`
  expect(sizesOf('tools/novelty.mjs', text)).toEqual(['tools/novelty.mjs: has 100 lines, 99 are allowed'])
  expect(sizesOf('tools/start.mjs', lines(100))).toEqual([])
})

const path = 'packages/server/src/domain/users.ts'

it.each([
  ['a declaration', `export function long() {\n${lines(39)}}\n`, 'long'],
  ['a signature over several lines', `function long(\n  a: number,\n) {\n${lines(37)}}\n`, 'long'],
  ['an arrow function', `const long = async <T,>(a: T) => {\n${lines(39)}}\n`, 'long'],
  ['a function inside another', `export const o = {\n  long() {\n${lines(39)}} }\n`, 'long'],
  ['a method', `class A {\n  long() {\n${lines(39)}}\n}\n`, 'long'],
])('measures %s', (_, text, name) => {
  const [problem, ...others] = sizesOf(path, text)
  expect(others).toEqual([])
  expect(problem).toContain(`${name} has 41 lines, 40 are allowed`)
  expect(sizesOf(path, text.replace('void 0\n', ''))).toEqual([])
})

it('does not take braces in texts, templates, patterns and comments for code', () => {
  const text = 'const f = () => {\n  const a = "{", b = `{`, c = /[{]/ // {\n  return a + b + c\n}\n'
  expect(sizesOf(path, text + lines(60))).toEqual([])
})

it('does not measure what is handed to describe and it, wherever it stands', () => {
  const suite = `describe.each([1])('s', () => {\n  it('t', async () => {\n${lines(60)}  })\n})\n`
  expect(sizesOf('packages/server/src/domain/users.test.ts', suite)).toEqual([])
  expect(sizesOf('packages/server/src/store/conformance.ts', `export function all() {\n${suite}}\n`)).toEqual(
    [],
  )
})

it('still measures the functions of a test', () => {
  const text = `it('t', () => {\n  const long = () => {\n${lines(40)}}\n})\n`
  expect(sizesOf('packages/server/src/domain/users.test.ts', text)).toHaveLength(1)
})

it('fails where it finds nothing to check', () => {
  expect(check(treeOf({}))).toHaveLength(1)
})
