// The reference pages are printed from the code, so that they cannot lie. `--write` prints them into docs/; without it
// they are printed again and compared.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { printErrors, printSettings } from './print.mjs'
import { printContract } from './print-contract.mjs'
import { printOperations } from './print-operations.mjs'
import { printSchema } from './print-schema.mjs'
import { readTree, root } from './tree.mjs'

/**
 * The pages by path.
 * @param {{ settings: readonly object[], errors: object, operations: readonly object[], native: object,
 *   contracts: readonly object[], describeMatcher: (matcher: unknown) => string, tables: readonly object[],
 *   words: Record<string, object> }} product
 */
export function printPages(product) {
  const { settings, errors, operations, native, contracts, tables, words } = product
  const wires = contracts.map((known) => [
    `docs/contracts/${known.contract.name}.md`,
    printContract(known, product),
  ])
  return {
    'docs/settings.md': printSettings(settings),
    'docs/errors.md': printErrors(errors, operations),
    'docs/operations.md': printOperations(operations, native),
    'docs/schema.md': printSchema(tables, words),
    ...Object.fromEntries(wires),
  }
}

/**
 * @param {{ files: string[], read: (path: string) => string }} tree
 * @param {Record<string, string>} pages as printed just now
 * @returns {string[]} problems
 */
export function check(tree, pages) {
  if (tree.files.length === 0 || Object.keys(pages).length === 0)
    return ['docs: no pages were printed or found, so nothing was checked']
  return Object.entries(pages)
    .filter(([path, text]) => !tree.files.includes(path) || tree.read(path) !== text)
    .map(([path]) => `${path}: is not what the code says; run npm run docs`)
}

const spoken = ['errors', 'operations', 'native', 'contracts', 'describeMatcher']

/** The pages of the program that was compiled last. Throws where it is not compiled, or does not say something. */
export async function printNow() {
  const protocol = await importBuilt('packages/protocol/dist/index.js', spoken)
  const { settings, tables } = await importBuilt('packages/server/dist/server.js', ['settings', 'tables'])
  const contracts = protocol.contracts.map(async ({ contract, transcript }) => ({
    contract,
    transcript: await transcript(),
  }))
  return printPages({
    ...protocol,
    settings,
    tables,
    words: await wordsOf(),
    contracts: await Promise.all(contracts),
  })
}

/** How each database spells a column. */
async function wordsOf() {
  const at = 'packages/server/dist/store/engines'
  const { words: SQLite } = await importBuilt(`${at}/sqlite/schema.js`, ['words'])
  const { words: PostgreSQL } = await importBuilt(`${at}/postgres/flavour.js`, ['words'])
  const { words: MySQL } = await importBuilt(`${at}/mysql/flavour.js`, ['words'])
  return { SQLite, PostgreSQL, 'MySQL and MariaDB': MySQL }
}

async function importBuilt(path, names) {
  const file = join(root, path)
  if (!existsSync(file)) throw new Error(`${path} is missing: run npm run build`)
  const module = await import(pathToFileURL(file).href)
  for (const name of names) if (module[name] === undefined) throw new Error(`${path} does not export ${name}`)
  return module
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const pages = await printNow()
  if (process.argv.includes('--write'))
    for (const [path, text] of Object.entries(pages)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
  const problems = check(readTree(), pages)
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) process.exitCode = 1
}
