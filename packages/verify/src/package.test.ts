// The package as others get it: what is in it, and that what runs without Node asks Node for nothing.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const root = new URL('../', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))

const imported =
  /(?:^|\n)\s*(?:import|export)\b[^'"]*?from\s*'([^']+)'|\bimport\(\s*'([^']+)'|(?:^|\n)import\s*'([^']+)'/g

/** Every module that a file brings along, where `#engine` means what the condition says. */
function graph(file: string, condition: 'node' | 'default', seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  if (!file.startsWith('file:')) return seen
  for (const [, ...found] of readFileSync(new URL(file), 'utf8').matchAll(imported)) {
    const specifier = found.find(Boolean)!
    const own = specifier === '#engine' ? manifest.imports['#engine'][condition] : undefined
    if (own) graph(new URL(own, root).href, condition, seen)
    else graph(specifier.startsWith('.') ? new URL(specifier, file).href : specifier, condition, seen)
  }
  return seen
}

/** Every declaration that a declaration brings along. */
function typeGraph(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  for (const [, specifier = ''] of readFileSync(new URL(file), 'utf8').matchAll(
    /["'](\.{1,2}\/[^"']+)\.js["']/g,
  ))
    typeGraph(new URL(`${specifier}.d.ts`, file).href, seen)
  return seen
}

const foreign = (name: string, condition: 'node' | 'default') =>
  [...graph(new URL(`dist/${name}.js`, root).href, condition)].filter((one) => !one.startsWith('file:'))

describe('without Node', () => {
  it.each(['web', 'hono', 'next', 'koa', 'express', 'fastify'])('%s imports nothing but itself', (name) => {
    expect(foreign(name, 'default')).toEqual([])
    expect(graph(new URL(`dist/${name}.js`, root).href, 'default').size).toBeGreaterThan(10)
  })

  it.each(['web', 'hono', 'next', 'koa', 'express', 'fastify'])(
    '%s has types that name nothing of Node’s',
    (name) => {
      const files = typeGraph(new URL(`dist/${name}.d.ts`, root).href)
      expect(files.size).toBeGreaterThan(5)
      for (const file of files)
        expect([file, readFileSync(new URL(file), 'utf8')]).toEqual([
          file,
          expect.not.stringMatching(/'node:|\bNodeJS\b|\bBuffer\b|KeyObject/),
        ])
    },
  )

  it('names no global of Node’s alone', () => {
    const files = [...graph(new URL('dist/web.js', root).href, 'default')]
    const texts = files.map((file) =>
      readFileSync(new URL(file), 'utf8').replaceAll(/\/\/.*|\/\*[\s\S]*?\*\//g, ''),
    )
    for (const text of texts) expect(text).not.toMatch(/\b(Buffer|process|setImmediate|require\()/)
  })

  it('is not what Node gets, whose imports would be noticed', () => {
    expect(foreign('index', 'node')).toContain('node:crypto')
    expect(foreign('testing', 'default')).toEqual(['node:crypto'])
  })
})

describe('the package', () => {
  it('depends on nothing', () => {
    expect(manifest.dependencies).toBeUndefined()
    expect(manifest.peerDependencies).toBeUndefined()
  })

  it('has every file that its exports name, types before code', () => {
    const targets = (entry: unknown): string[] =>
      typeof entry === 'string' ? [entry] : Object.values(entry as object).flatMap(targets)
    const files = [...Object.values(manifest.exports), ...Object.values(manifest.imports)]
      .flatMap(targets)
      .filter((file) => !file.includes('*'))
    expect(files.length).toBeGreaterThan(15)
    for (const file of files) expect([file, existsSync(new URL(file, root))]).toEqual([file, true])
    for (const entry of Object.values(manifest.exports) as Record<string, unknown>[])
      if (typeof entry === 'object' && 'types' in entry) expect(Object.keys(entry).at(-1)).toBe('default')
  })

  it('is small, and holds neither tests nor private keys', () => {
    const packed = execFileSync('npm', ['pack', '--dry-run', '--json'], { cwd: root, encoding: 'utf8' })
    const [{ files, size }] = JSON.parse(packed) as [
      { files: { path: string; size: number }[]; size: number },
    ]
    const paths = files.map(({ path }) => path)
    for (const expected of [
      'dist/index.js',
      'dist/web.d.ts',
      'dist/express.js',
      'vectors/tk7.json',
      'README.md',
    ])
      expect(paths).toContain(expected)
    expect(paths.filter((path) => /test\.|trial|readme-|private|\.map$|cases-/.test(path))).toEqual([])
    const code = files.filter(({ path }) => path.endsWith('.js')).reduce((sum, file) => sum + file.size, 0)
    expect(code).toBeLessThan(100_000)
    expect(size).toBeLessThan(150_000)
  })
})
