// `npm start`: builds what changed and runs the development server in this very process, so that Ctrl-C reaches it and
// its exit code is npm's. Settings follow `--`: npm start -- --port 4401
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { compile, isStale, missingTools, root } from './compile.mjs'

/** What keeps this machine from building, in a sentence; undefined where nothing does. */
export function obstacle(version = process.versions.node, missing = missingTools()) {
  const [major, minor] = version.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19))
    return `Sallyport needs Node 20.19 or newer; this is ${version}. Install a newer one from nodejs.org and try again.`
  if (missing.length === 0) return undefined
  const why =
    process.env.NODE_ENV === 'production'
      ? 'NODE_ENV is production, under which npm leaves development packages out'
      : 'they are left out by npm ci --omit=dev'
  return [
    `The build tools are missing (${missing.join(', ')}): ${why}.`,
    'To develop, install them with: npm ci --include=dev',
    'A production server needs none of them once it is built: npx sallyport serve',
  ].join('\n')
}

async function start() {
  const problem = obstacle()
  if (problem) {
    console.error(problem)
    process.exit(1)
  }
  const main = join(root, 'packages/server/dist/cli/main.js')
  if (isStale() || !existsSync(main)) {
    console.error('Building what changed …')
    if (!compile()) {
      console.error('The build failed; mend what is said above and run npm start again.')
      process.exit(1)
    }
  }
  process.argv.splice(1, process.argv.length, main, 'dev', ...process.argv.slice(2))
  await import(pathToFileURL(main).href)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await start()
