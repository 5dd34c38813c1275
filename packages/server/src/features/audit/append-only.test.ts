import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const removing = /\b(?:update|remove|take|increment)(?:<[^>]*>)?\(\s*audit\b(?!\.)/

it('no verb of the store changes or removes an audit entry, anywhere in the product', async () => {
  const files = (await readdir(root, { recursive: true })).filter(
    (name) => name.endsWith('.js') && !name.endsWith('.test.js') && !/^(testing|faults)\b/.test(name),
  )
  const texts = await Promise.all(files.map((name) => readFile(join(root, name), 'utf8')))
  const found = files.filter((_, index) => removing.test(texts[index]!))
  expect(found).toEqual([])
  expect(files.filter((_, index) => /\binsert\(audit\b/.test(texts[index]!))).toEqual([
    join('domain', 'audit-chain.js'),
  ])
})

it.each([
  'store.update(audit, { id }, set)',
  'write.remove(audit, { id }, 1)',
  'await context.store.take(\n  audit,\n  where)',
])('would notice %j', (text) => {
  expect(removing.test(text)).toBe(true)
})
