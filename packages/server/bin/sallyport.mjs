#!/usr/bin/env node
// Starts the bundled program; a working copy that was never built says how to build it. Compiled code is kept beside
// the bundle (Node 22.1 and later), in a folder of the installation's owner: one in the shared temporary directory
// could be filled by any other user of the machine.
import { existsSync } from 'node:fs'
import module from 'node:module'
import { fileURLToPath } from 'node:url'

const bundle = new URL('../bundle/main.js', import.meta.url)
if (existsSync(bundle)) {
  module.enableCompileCache?.(fileURLToPath(new URL('../bundle/.cache', import.meta.url)))
  await import(bundle.href)
} else {
  process.stderr.write('sallyport: this working copy is not built yet\nBuild it with: npm run build\n')
  process.exitCode = 1
}
