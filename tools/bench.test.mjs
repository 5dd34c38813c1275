import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { writePage } from '../bench/report.mjs'

const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
const [from, to] = [join(folder, 'out'), join(folder, 'performance.md')]
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const row = { figure: 'a figure', measured: 2, target: 1, unit: '×', behind: { 'what is behind it': 1 } }
const run = {
  versions: { node: 'v24.1.0', openssl: '3.5' },
  day: '2030-01-01',
  machine: 'a machine',
  figures: { known: [row] },
}

it('no page is printed of nothing, whether the folder of results is missing or empty', () => {
  expect(writePage(['known'], { from, to })).toBe(false)
  mkdirSync(from, { recursive: true })
  writeFileSync(join(from, 'notes.json'), '{}')
  expect(writePage(['known'], { from, to })).toBe(false)
  expect(() => readFileSync(to)).toThrow('ENOENT')
})

it('one kept figure is enough for a page, and those that were not measured are left out', () => {
  mkdirSync(from, { recursive: true })
  writeFileSync(join(from, 'node-24.json'), JSON.stringify(run))
  expect(writePage(['unknown', 'known'], { from, to })).toBe(true)
  expect(readFileSync(to, 'utf8')).toContain('| a figure | ≤ 1 × | 2 × **missed** |')
})
