// From sources to packages/*/dist: leftovers of deleted sources go, `tsc -b` compiles what changed, data files are laid
// beside the code that reads them.
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)

const emitted = /(\.d\.ts|\.js)(\.map)?$/
const data = /\.(txt|json|transcript|css)$/

/** Packages that are compiled, by their folder. */
export const packages = (top = root) =>
  readdirSync(join(top, 'packages'))
    .map((name) => join(top, 'packages', name))
    .filter((folder) => existsSync(join(folder, 'src')))

export function filesBelow(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort()
}

/** Removes what was compiled or copied from a source that is gone, so that no test or import finds a ghost. */
export function removeOrphans(folder) {
  const dist = join(folder, 'dist')
  for (const file of filesBelow(dist)) {
    const source = join(folder, 'src', relative(dist, file))
    const stem = source.replace(emitted, '')
    const known = emitted.test(file) ? [`${stem}.ts`, `${stem}.tsx`] : data.test(file) ? [source] : [file]
    if (!known.some(existsSync)) rmSync(file)
  }
}

/** Lays data files into dist where they are missing or older. */
export function copyData(folder) {
  for (const source of filesBelow(join(folder, 'src')).filter((file) => data.test(file))) {
    const target = join(folder, 'dist', relative(join(folder, 'src'), source))
    if (existsSync(target) && statSync(target).mtimeMs >= statSync(source).mtimeMs) continue
    mkdirSync(dirname(target), { recursive: true })
    copyFileSync(source, target)
  }
}

/** Whether any source or compiler setting is newer than the last compilation. */
export function isStale(top = root) {
  const shared = join(top, 'tsconfig.base.json')
  return packages(top).some((folder) => {
    const stamp = join(folder, 'dist', '.tsbuildinfo')
    if (!existsSync(stamp)) return true
    const compiled = statSync(stamp).mtimeMs
    const sources = [...filesBelow(join(folder, 'src')), join(folder, 'tsconfig.json'), shared]
    return sources.some((file) => existsSync(file) && statSync(file).mtimeMs > compiled)
  })
}

/** Which build tools cannot be found: they are missing where only production packages were installed. */
export function missingTools() {
  return ['typescript', 'vite'].filter((name) => {
    try {
      require.resolve(`${name}/package.json`)
      return false
    } catch {
      return true
    }
  })
}

/** Compiles; answers whether it went well, the compiler having said what did not. */
export function compile() {
  packages().forEach(removeOrphans)
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')
  const { status } = spawnSync(process.execPath, [tsc, '-b'], { cwd: root, stdio: 'inherit' })
  if (status === 0) packages().forEach(copyData)
  return status === 0
}
