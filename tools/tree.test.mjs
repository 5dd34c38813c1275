import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { readTree } from './tree.mjs'

it('lists the files of a folder but not what its .gitignore names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tree-'))
  const kept = ['.ci/run', '.gitignore', 'a.ts', 'bench/run.mjs', 'packages/a/src/redistribute.ts']
  const dropped = [
    '.git/config',
    'a.tsbuildinfo',
    'bench/out/x.json',
    'packages/a/dist/a.js',
    'node_modules/x/y.js',
  ]
  for (const path of [...kept, ...dropped]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), path)
  }
  writeFileSync(join(folder, '.gitignore'), '# built\nnode_modules/\ndist/\n*.tsbuildinfo\nbench/out/\n')
  const tree = readTree(folder)
  expect(tree.files).toEqual(kept)
  expect(tree.read('a.ts')).toBe('a.ts')
  rmSync(folder, { recursive: true })
})
