// How long a file and a function may be. A function is measured from the first line of its signature to its closing
// brace, functions inside it included; what is handed to `describe`, `it` and the like is a test's text and is not
// measured. A transcript of a wire contract is a test's text too. A check of ours stays under 100 lines, a feature's
// index under 40.
import { isSource, isTest, readSource } from './source.mjs'

/**
 * @param {{ files: string[], read: (path: string) => string }} tree
 * @returns {string[]} problems
 */
export function check(tree) {
  const sources = tree.files.filter(isSource)
  if (sources.length === 0) return ['sizes: no source files were found, so nothing was checked']
  return sources.flatMap((path) => {
    const text = tree.read(path)
    const limit = limitOf(path, text)
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
    const long = readSource(path, text)
      .functions.filter((f) => f.lines > 40)
      .map((f) => `${path}:${f.line}: ${f.name} has ${f.lines} lines, 40 are allowed`)
    return lines > limit ? [`${path}: has ${lines} lines, ${limit} are allowed`, ...long] : long
  })
}

function limitOf(path, text) {
  if (isTest(path) || path.endsWith('.transcript.ts')) return 500
  if (/^packages\/server\/src\/features\/[^/]+\/index\.ts$/.test(path)) return 40
  if (/^tools\/[^/]+\.mjs$/.test(path) && /^export function check\b/m.test(text)) return 99
  return 300
}
