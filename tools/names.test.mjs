import { expect, it } from 'vitest'
import { check } from './names.mjs'
import { treeOf } from './tree.mjs'

const feature = 'packages/server/src/features/refresh'
const clean = {
  [`${feature}/index.ts`]: 'export const refresh = {}\n',
  [`${feature}/refresh.test.ts`]: '',
  'packages/protocol/src/operations/refresh.ts': 'export const refresh = {}\n',
  'packages/protocol/src/operations/shapes.ts': '',
  'packages/protocol/src/contracts/login-jwt.transcript': '',
  'docs/refresh.md': '',
  'README.md': '',
  LICENSE: '',
  '.ci/run': '',
  'tools/rooms.test.mjs': '',
}
const without = (path) => Object.fromEntries(Object.entries(clean).filter(([name]) => name !== path))

it('passes a tree in which one word runs through every room', () => {
  expect(check(treeOf(clean))).toEqual([])
})

it.each([
  [`${feature}/index.ts`, 'has no packages/server/src/features/refresh/index.ts'],
  ['packages/protocol/src/operations/refresh.ts', 'has no packages/protocol/src/operations/refresh.ts'],
  ['docs/refresh.md', 'has no docs/refresh.md'],
  [`${feature}/refresh.test.ts`, 'has no test'],
])('misses %s', (path, reason) => {
  const problems = check(treeOf(without(path)))
  expect(problems).toEqual([`${feature}: ${reason}`])
})

it.each([
  ['packages/protocol/src/operations/orphan.ts', '', 'no feature folder'],
  ['packages/server/src/domain/userSessions.ts', '', 'lower-case'],
  ['packages/server/src/Domain/users.ts', '', 'lower-case'],
  ['docs/Getting Started.md', '', 'lower-case'],
  ['docs/README.md', '', 'lower-case'],
  ['docs/Caddyfile', '', 'lower-case'],
  ['packages/server/src/domain/README.md', '', 'lower-case'],
  ['packages/server/Readme.md', '', 'lower-case'],
  ['packages/server/src/domain/helpers.ts', '', 'a cupboard'],
  ['packages/server/src/domain/utils.ts', '', 'a cupboard'],
  ['packages/server/src/domain/misc.ts', '', 'a cupboard'],
  ['packages/server/src/domain/dialect.ts', '', 'not «dialect»'],
  ['packages/server/src/domain/users.ts', 'export function banUser() {}', 'not «ban» but «disable»'],
  ['packages/server/src/domain/users.ts', 'const openHouse = () => 1', 'not «house»'],
  ['packages/server/src/domain/users.ts', 'interface LambdaContext {}', 'not «lambda»'],
])('finds what is wrong with %s', (path, text, reason) => {
  const problems = check(treeOf({ ...clean, [path]: text }))
  expect(problems).toHaveLength(1)
  expect(problems[0]).toContain(path)
  expect(problems[0]).toContain(reason)
})

it('leaves words alone that merely contain another', () => {
  const text = 'export const active = 1\nexport const urban = transaction\n'
  expect(check(treeOf({ ...clean, 'packages/server/src/domain/users.ts': text }))).toEqual([])
})

it('lets a package and a folder of its data have a README', () => {
  const pages = { 'packages/verify/README.md': '', 'packages/verify/vectors/README.md': '' }
  expect(check(treeOf({ ...clean, ...pages }))).toEqual([])
})

it('fails where it finds nothing to check', () => {
  expect(check(treeOf({}))).toHaveLength(1)
})
