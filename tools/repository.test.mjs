import { expect, it } from 'vitest'
import { check } from './repository.mjs'
import { treeOf } from './tree.mjs'

it('passes ordinary text', () => {
  const text =
    'See docs/home/page.md, /v1/me, https://example.test/home/x and ./work/x.\nSkip it only once.\n'
  const test = "// skipped: needs a disk that fills up\nit.skip('x', () => {})\nit('only (this)', () => {})\n"
  expect(check(treeOf({ 'docs/a.md': text, 'packages/server/src/a.test.ts': test }))).toEqual([])
})

it.each([
  ['cd /home/ada/project', 'a path of one machine'],
  ["read('/Users/ada/x')", 'a path of one machine'],
  ['in `/root/project`', 'a path of one machine'],
  ['/work/project/x', 'a path of one machine'],
  ['C:\\Users', 'a path of one machine'],
  ['from registry.example.org', 'the host of a package registry'],
  ['registry=x', 'the host of a package registry'],
  ['Co-authored-by: x', 'how it came to be'],
  ['written by an AI assistant', 'how it came to be'],
  ['// TODO later', 'a promise'],
  ['// FIXME', 'a promise'],
  ['<<<<<<< ours', 'a merge conflict'],
])('finds %s', (text, what) => {
  const problems = check(treeOf({ 'docs/a.md': `fine\n${text}\n` }))
  expect(problems).toEqual([
    `docs/a.md:2: holds ${what.startsWith('a promise') ? 'a promise to do it later' : what}`,
  ])
})

it.each(['it.only(', 'describe.only(', 'test.concurrent.only('])('finds %s in a test', (text) => {
  expect(check(treeOf({ 'a.test.ts': `${text}'x', f)\n` }))).toEqual(['a.test.ts:1: lets one test alone run'])
})

it.each(['it.skip(', 'describe.skip(', 'it.skipIf(old)(', 'it.todo('])(
  'finds %s without a reason',
  (text) => {
    expect(check(treeOf({ 'a.test.ts': `${text}'x', f)\n` }))).toHaveLength(1)
    expect(check(treeOf({ 'a.test.ts': `${text}'x', f) // skipped: no such engine here\n` }))).toEqual([])
  },
)

it('fails where it finds nothing to check', () => {
  expect(check(treeOf({}))).toHaveLength(1)
})
