// What the checks look at: the list of the repository's own files and a way to read one. Every check takes such a
// tree as its argument, so its test plants a trespass by handing in another one. What git ignores is not ours.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * The files below a directory, as sorted paths with `/`, without .git and without what its .gitignore names.
 * It works in an unpacked archive too, where there is no git to ask.
 * @param {string} directory
 */
export function readTree(directory = root) {
  const ignored = readFileSync(join(directory, '.gitignore'), 'utf8')
    .split('\n')
    .map(toPattern)
    .filter(Boolean)
  const files = []
  const walk = (folder) => {
    for (const entry of readdirSync(join(directory, folder), { withFileTypes: true })) {
      const path = folder + entry.name
      const shown = entry.isDirectory() ? `${path}/` : path
      if (path === '.git' || ignored.some((pattern) => pattern.test(shown))) continue
      if (entry.isDirectory()) walk(shown)
      else if (entry.isFile()) files.push(path)
    }
  }
  walk('')
  return { files: files.sort(), read: (path) => readFileSync(join(directory, path), 'utf8') }
}

/**
 * A tree made of texts; the tests' planted ones.
 * @param {Record<string, string>} texts by path
 */
export function treeOf(texts) {
  return { files: Object.keys(texts).sort(), read: (path) => texts[path] }
}

/** The .gitignore subset we use: a name, a path, or either with `*`, and a closing `/` for folders. */
function toPattern(line) {
  const rule = line.trim()
  if (rule === '' || rule.startsWith('#')) return undefined
  const inner = rule.replace(/^\/|\/$/g, '')
  const body = inner.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*')
  const anchored = rule.replace(/\/$/, '').includes('/')
  return new RegExp(`${anchored ? '^' : '(^|/)'}${body}${rule.endsWith('/') ? '/' : '/?'}$`)
}
