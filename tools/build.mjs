// `npm run build`: compiles, then bundles the server into packages/server/bundle, which is what is published and what
// `serve` runs. One flat folder: the program, its workers, and the data files that code names with
// `new URL('./name', import.meta.url)`, so that these names mean the same in dist and in the bundle.
import { copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { compile, filesBelow, packages, root } from './compile.mjs'

// Native code and drivers are installed beside the bundle, not put into it; so is what the operator's own SDK must find.
const external = [
  /^@node-rs\//,
  /^@photostructure\//,
  /^@opentelemetry\//,
  /^(pg|mysql2|mongodb|nodemailer)(\/|$)/,
  /^@redis\//,
]

/** Files that code names relative to itself: workers to bundle and data to copy. `files` are compiled JavaScript. */
export function namedFiles(files, read = (file) => readFileSync(file, 'utf8')) {
  const named = new Map()
  for (const file of files.filter((name) => name.endsWith('.js') && !/\.test\.js$/.test(name)))
    for (const [, path] of read(file).matchAll(/new URL\(\s*['"](\.[^'"]+)['"],\s*import\.meta\.url\s*\)/g)) {
      const target = join(dirname(file), path)
      const name = basename(path)
      if (path !== `./${name}`)
        throw new Error(`${file}: ${path} must lie beside it, or the bundle cannot find it`)
      if (named.has(name) && named.get(name) !== target)
        throw new Error(`${target} and ${named.get(name)} share a name, which the bundle's one folder cannot`)
      named.set(name, target)
    }
  return [...named.values()].sort()
}

async function bundle() {
  const server = join(root, 'packages/server')
  const output = join(server, 'bundle')
  const shipped = packages()
    .flatMap((folder) => filesBelow(join(folder, 'dist')))
    .filter(
      (file) =>
        !['testing', 'faults', 'journeys'].some((room) => file.startsWith(join(server, 'dist', room))),
    )
  const named = namedFiles(shipped)
  const missing = named.filter((file) => !existsSync(file))
  if (missing.length > 0) throw new Error(`named by the code and missing: ${missing.join(', ')}`)
  const entries = [join(server, 'dist/cli/main.js'), ...named.filter((file) => file.endsWith('.js'))]
  rmSync(output, { recursive: true, force: true })
  const { rolldown } = await importRolldown()
  const build = await rolldown({
    input: Object.fromEntries(entries.map((file) => [basename(file, '.js'), file])),
    platform: 'node',
    external,
    // React has a build for those who write components, which nobody here does.
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
    logLevel: 'warn',
  })
  await build.write({
    dir: output,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    comments: { legal: true, annotation: false, jsdoc: false },
  })
  await build.close()
  for (const file of named.filter((name) => !name.endsWith('.js')))
    copyFileSync(file, join(output, basename(file)))
}

/** Rolldown comes with vite; found from there, wherever npm has put it. */
async function importRolldown() {
  const vite = createRequire(import.meta.url).resolve('vite/package.json')
  return import(pathToFileURL(createRequire(vite).resolve('rolldown')).href)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (compile()) await bundle()
  else process.exitCode = 1
}
