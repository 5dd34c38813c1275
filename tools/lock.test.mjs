import { expect, it } from 'vitest'
import { check } from './lock.mjs'
import { treeOf } from './tree.mjs'

const good = { version: '1.0.0', integrity: 'sha512-x' }
const manifest = { dependencies: { tool: '1.0.0' } }

function problemsOf(packages, packageJson = manifest, others = {}) {
  const lock = { lockfileVersion: 3, packages: { '': manifest, 'node_modules/tool': good, ...packages } }
  return check(
    treeOf({
      'package-lock.json': JSON.stringify(lock),
      'package.json': JSON.stringify(packageJson),
      ...others,
    }),
  )
}

it('passes a lock that installs everywhere', () => {
  const tool = { ...good, optionalDependencies: { 'tool-linux': '1.0.0', 'tool-mac': '1.0.0' } }
  const platforms = { 'node_modules/tool-linux': good, 'node_modules/tool/node_modules/tool-mac': good }
  const workspace = { 'node_modules/ours': { resolved: 'packages/ours', link: true }, 'packages/ours': {} }
  expect(problemsOf({ 'node_modules/tool': tool, ...platforms, ...workspace })).toEqual([])
})

it('finds a platform package that has no entry, or none with a version', () => {
  const tool = { ...good, optionalDependencies: { 'tool-linux': '1.0.0', 'tool-mac': '1.0.0' } }
  const problems = problemsOf({ 'node_modules/tool': tool, 'node_modules/tool-mac': { optional: true } })
  expect(problems.filter((problem) => problem.includes('npm ci will fail'))).toHaveLength(2)
})

it('finds the host of a registry, an install script and a missing hash', () => {
  const host = { ...good, resolved: 'https://packages.example/tool.tgz' }
  expect(problemsOf({ 'node_modules/tool': host })[0]).toContain('names the host')
  const script = { ...good, hasInstallScript: true }
  expect(problemsOf({ 'node_modules/tool': script })[0]).toContain('runs a script')
  expect(problemsOf({ 'node_modules/tool': { version: '1.0.0' } })[0]).toContain('no integrity')
})

it.each(['^1.0.0', '~1.0.0', '1.x', '*', 'latest', '>=1.0.0', '1.0', 'file:../tool'])(
  'refuses the version %s',
  (version) => {
    for (const field of ['dependencies', 'devDependencies', 'optionalDependencies'])
      expect(problemsOf({}, { [field]: { tool: version } })).toEqual([
        `package.json: tool must be one exact version, not ${version}`,
      ])
  },
)

it('refuses two versions of one package', () => {
  const other = { 'packages/a/package.json': JSON.stringify({ dependencies: { tool: '2.0.0' } }) }
  expect(problemsOf({}, manifest, other)[0]).toContain('tool is')
})

it('checks the lock of the rivals for itself, with versions of its own', () => {
  const rivals = (packages) => {
    const lock = { packages: { '': {}, 'node_modules/tool': good, ...packages } }
    return {
      'bench/rivals/package.json': JSON.stringify({ dependencies: { tool: '2.0.0' } }),
      'bench/rivals/package-lock.json': JSON.stringify(lock),
    }
  }
  expect(problemsOf({}, manifest, rivals({}))).toEqual([])
  const script = { ...good, hasInstallScript: true }
  expect(problemsOf({}, manifest, rivals({ 'node_modules/other': script }))).toEqual([
    'bench/rivals/package-lock.json: node_modules/other: runs a script when it is installed',
  ])
  const { 'bench/rivals/package.json': alone } = rivals({})
  expect(problemsOf({}, manifest, { 'bench/rivals/package.json': alone })).toHaveLength(1)
})

it('fails where it finds nothing to check', () => {
  expect(check(treeOf({}))).toHaveLength(1)
  expect(check(treeOf({ 'package-lock.json': '{}' }))).toHaveLength(1)
})
