// One word in every room: a feature's folder, its file of operations and its page share one name, and none is an
// orphan. File names are lower-case with hyphens, no cupboard collects what had no home, and a thing that has a word
// is not called by another one.
import { isSource, isTest, readSource } from './source.mjs'

const cupboards = /^(helpers?|utils?|misc|common|shared|lib|stuff|tools)\.(ts|tsx|mts|mjs)$/

// Files beside the operations that are not one feature's: what several of them share.
const shared = ['index', 'shapes']

// Declared names only: prose may use these words, and another program's options keep their own names.
const instead = {
  ban: 'disable',
  banned: 'disabled',
  dialect: 'contract (or flavour, for SQL)',
  house: 'server',
  lambda: 'function',
}

/**
 * @param {{ files: string[], read: (path: string) => string }} tree
 * @returns {string[]} problems
 */
export function check(tree) {
  if (!tree.files.some(isSource)) return ['names: no source files were found, so nothing was checked']
  return [...features(tree), ...operations(tree), ...tree.files.flatMap(fileName), ...words(tree)]
}

function features({ files }) {
  const has = new Set(files)
  const inside = files.filter((path) => /^packages\/server\/src\/features\/[^/]+\//.test(path))
  return [...new Set(inside.map((path) => path.split('/')[4]))].flatMap((word) => {
    const folder = `packages/server/src/features/${word}`
    const wanted = [`${folder}/index.ts`, `packages/protocol/src/operations/${word}.ts`, `docs/${word}.md`]
    const missing = wanted.filter((path) => !has.has(path)).map((path) => `${folder}: has no ${path}`)
    const tested = inside.some((path) => path.startsWith(`${folder}/`) && isTest(path))
    return tested ? missing : [...missing, `${folder}: has no test`]
  })
}

function operations({ files }) {
  const folders = new Set(files.map((path) => /^packages\/server\/src\/features\/([^/]+)\//.exec(path)?.[1]))
  return files.flatMap((path) => {
    const word = /^packages\/protocol\/src\/operations\/([^/.]+)\.ts$/.exec(path)?.[1]
    if (!word || shared.includes(word) || folders.has(word)) return []
    return [`${path}: no feature folder packages/server/src/features/${word}`]
  })
}

function fileName(path) {
  const problems = []
  const parts = path.split('/')
  const name = parts.at(-1)
  const rootPage = parts.length === 1 && /^([A-Z]+(\.md)?|Dockerfile)$/.test(name)
  // What npm shows of a package, and what whoever opens a folder of data reads first.
  const packagePage = parts[0] === 'packages' && !parts.includes('src') && name === 'README.md'
  // What another program calls its file.
  const foreign = path === 'docs/gateways/caddy/Caddyfile'
  if (
    !rootPage &&
    !packagePage &&
    !foreign &&
    !parts.every((part) => /^[._a-z0-9]?[a-z0-9]*([.-][a-z0-9]+)*$/.test(part))
  )
    problems.push(`${path}: names are lower-case with hyphens`)
  if (path.startsWith('packages/') && cupboards.test(name))
    problems.push(`${path}: a cupboard; give each thing a home that is named after it`)
  const stem = name.replace(/\..*$/, '')
  if (Object.hasOwn(instead, stem)) problems.push(`${path}: not «${stem}» but «${instead[stem]}»`)
  return problems
}

function words({ files, read }) {
  return files
    .filter((path) => path.startsWith('packages/') && isSource(path))
    .flatMap((path) =>
      readSource(path, read(path)).names.flatMap(({ name, line }) =>
        split(name)
          .filter((word) => Object.hasOwn(instead, word))
          .map((word) => `${path}:${line}: ${name}: not «${word}» but «${instead[word]}»`),
      ),
    )
}

const split = (name) => name.split(/(?=[A-Z])|_/).map((part) => part.toLowerCase())
