#!/usr/bin/env node
// Starts the bundled program; a working copy that was never built says how to build it.
import { existsSync } from 'node:fs'

const bundle = new URL('../bundle/main.js', import.meta.url)
if (existsSync(bundle)) await import(bundle.href)
else {
  process.stderr.write('sallyport: this working copy is not built yet. Run: npm run build\n')
  process.exitCode = 1
}
