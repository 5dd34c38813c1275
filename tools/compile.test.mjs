import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { namedFiles } from './build.mjs'
import { copyData, isStale, removeOrphans } from './compile.mjs'
import { obstacle } from './start.mjs'

let top
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'sallyport-tools-'))
})
afterEach(() => rmSync(top, { recursive: true }))

/** Files by path; a number is the age in seconds. */
function lay(files) {
  for (const [path, age] of Object.entries(files)) {
    const file = join(top, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, path)
    const time = Date.UTC(2030, 0, 1) / 1000 - age
    utimesSync(file, time, time)
  }
}

it('removes what was compiled from a source that is gone, and nothing else', () => {
  const kept = ['src/a.ts', 'src/b.tsx', 'src/c/list.txt', 'dist/.tsbuildinfo', 'dist/a.js', 'dist/a.js.map']
  const also = ['dist/a.d.ts', 'dist/b.js', 'dist/c/list.txt']
  const gone = ['dist/old.js', 'dist/old.js.map', 'dist/old.d.ts', 'dist/c/d/old.test.js', 'dist/c/old.json']
  const files = [...kept, ...also, ...gone]
  lay(Object.fromEntries(files.map((path) => [path, 0])))
  removeOrphans(top)
  expect(files.filter((path) => !existsSync(join(top, path)))).toEqual(gone)
})

it('lays data files beside the code, again when they changed', () => {
  lay({ 'src/words/list.txt': 10, 'src/words/code.ts': 0 })
  copyData(top)
  expect(existsSync(join(top, 'dist/words/code.ts'))).toBe(false)
  writeFileSync(join(top, 'src/words/list.txt'), 'new')
  utimesSync(join(top, 'src/words/list.txt'), 4e9, 4e9)
  copyData(top)
  expect(readFileSync(join(top, 'dist/words/list.txt'), 'utf8')).toBe('new')
})

it.each([
  ['nothing is newer', {}, false],
  ['a source is newer', { 'packages/one/src/deep/a.ts': 1 }, true],
  ['a compiler setting is newer', { 'tsconfig.base.json': 1 }, true],
  ['a package was never compiled', { 'packages/two/src/a.ts': 9 }, true],
])('is stale where %s: %j', (_, more, stale) => {
  lay({
    'packages/one/src/deep/a.ts': 9,
    'packages/one/dist/.tsbuildinfo': 5,
    'package-lock.json': 9,
    ...more,
  })
  expect(isStale(top)).toBe(stale)
})

const naming = (text) => (file) => (file.endsWith('code.js') ? text : '')
const url = (path) => `new Worker(new URL('${path}', import.meta.url))`

it('finds the workers and data files that code names, but not those of tests', () => {
  const read = naming(`${url('./writer.js')}\nreadFileSync(new URL("./list.txt", import.meta.url))`)
  expect(namedFiles(['/d/x/code.js', '/d/x/other.js'], read)).toEqual(['/d/x/list.txt', '/d/x/writer.js'])
  expect(namedFiles(['/d/x/code.test.js'], () => url('./writer.js'))).toEqual([])
})

it('refuses a name that would mean something else in the bundle', () => {
  expect(() => namedFiles(['/d/x/code.js'], naming(url('../y/writer.js')))).toThrow('must lie beside it')
  const twice = () => namedFiles(['/d/x/code.js', '/d/y/code.js'], naming(url('./writer.js')))
  expect(twice).toThrow('share a name')
})

it('says what is missing where only production packages are installed', () => {
  for (const name of ['start.mjs', 'compile.mjs']) {
    mkdirSync(join(top, 'tools'), { recursive: true })
    copyFileSync(new URL(name, import.meta.url), join(top, 'tools', name))
  }
  const env = { PATH: process.env.PATH, NODE_ENV: 'production' }
  const { status, stdout, stderr } = spawnSync(process.execPath, ['tools/start.mjs'], { cwd: top, env })
  expect([status, String(stdout)]).toEqual([1, ''])
  expect(String(stderr)).toContain('NODE_ENV is production')
  expect(String(stderr)).toContain('npm ci --include=dev')
})

it('runs the server in its own process: Ctrl-C drains it and it exits with 0', async () => {
  const start = fileURLToPath(new URL('start.mjs', import.meta.url))
  const child = spawn(process.execPath, [start, '--port', '0'], { cwd: top, env: { PATH: process.env.PATH } })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    if (!out.includes('Ctrl-C stops it') && (out + text).includes('Ctrl-C stops it')) child.kill('SIGINT')
    out += text
  })
  expect(await once(child, 'close')).toEqual([0, null])
  expect(out).toContain('SIGINT: finishing what is under way')
})

it.each([
  ['20.18.9', [], 'needs Node 20.19'],
  ['18.20.0', [], 'needs Node 20.19'],
  ['20.19.0', ['typescript'], 'npm ci --include=dev'],
  ['24.0.0', ['typescript', 'vite'], 'sallyport serve'],
])('Node %s without %j gets a sentence', (version, missing, says) => {
  expect(obstacle(version, missing)).toContain(says)
})

it('Node 20.19 with its tools gets none', () => {
  expect(obstacle('20.19.0', [])).toBeUndefined()
  expect(obstacle('24.1.0', [])).toBeUndefined()
})
