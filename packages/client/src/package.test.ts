// The package as others get it: what is in it, and that it asks nothing of Node.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const root = new URL('../', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
const shipped = readdirSync(new URL('dist/', root)).filter(
  (name) => /\.(js|d\.ts)$/.test(name) && !name.includes('.test.'),
)
const read = (name: string) => readFileSync(new URL(`dist/${name}`, root), 'utf8')
const withoutComments = (text: string) => text.replaceAll(/\/\/.*|\/\*[\s\S]*?\*\//g, '')

it('depends on nothing, and imports nothing but itself', () => {
  expect([manifest.dependencies, manifest.peerDependencies]).toEqual([undefined, undefined])
  expect(shipped.length).toBeGreaterThan(20)
  for (const name of shipped)
    for (const [, specifier = ''] of read(name).matchAll(/\bfrom\s*['"]([^'"]+)['"]/g))
      expect([
        name,
        existsSync(new URL(specifier.replace(/\.js$/, '.d.ts'), new URL(`dist/${name}`, root))),
      ]).toEqual([name, true])
})

it('names nothing of Node’s, patches nothing, and keeps no timer', () => {
  for (const name of shipped) {
    const text = withoutComments(read(name))
    expect(text, name).not.toMatch(/\b(Buffer|process|require\(|NodeJS)\b|'node:/)
    expect(text, name).not.toMatch(/globalThis\.\w+\s*=[^=]|\bsetInterval\b/)
    expect(text, name).not.toMatch(/\b(localStorage|sessionStorage)\b/)
  }
})

it('is small, and holds no tests', () => {
  const packed = execFileSync('npm', ['pack', '--dry-run', '--json'], { cwd: root, encoding: 'utf8' })
  const [{ files, size }] = JSON.parse(packed) as [{ files: { path: string }[]; size: number }]
  const paths = files.map(({ path }) => path)
  for (const expected of ['dist/index.js', 'dist/starifoto.d.ts', 'README.md'])
    expect(paths).toContain(expected)
  expect(paths.filter((path) => /test\.|\.map$/.test(path))).toEqual([])
  expect(size).toBeLessThan(40_000)
})
