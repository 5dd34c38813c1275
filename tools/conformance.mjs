// Prints which engine of the store passes which case of the conformance suite, from a report of vitest in JSON. A cell that
// is empty, because an engine did not run a case, is a failure like a case that failed.
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

// `pending` is what vitest calls a skipped test in its report.
const marks = { passed: 'ok', skipped: 'left out', failed: 'FAILED' }

/**
 * @param {{ testResults: { assertionResults: { ancestorTitles: string[], title: string, status: string }[] }[] }} report
 * @param {readonly string[]} engines that must be there
 * @returns {{ text: string, problems: string[] }}
 */
export function table(report, engines) {
  const cells = new Map()
  const cases = new Set()
  for (const { assertionResults } of report.testResults)
    for (const { ancestorTitles, title, status } of assertionResults) {
      const engine = /^(\S+) conforms$/.exec(ancestorTitles[0] ?? '')?.[1]
      if (engine === undefined) continue
      const name = title.replace(/ \(skipped: .*\)$/s, '')
      cases.add(name)
      cells.set(`${engine} ${name}`, marks[status === 'pending' ? 'skipped' : status] ?? 'FAILED')
    }
  if (cases.size === 0) return { text: '', problems: ['the report holds no conformance case'] }
  const widths = engines.map((engine) => Math.max(engine.length, 8))
  const row = (columns, name) => `${columns.map((text, at) => text.padEnd(widths[at])).join('  ')}  ${name}`
  const lines = [...cases].map((name) =>
    row(
      engines.map((engine) => cells.get(`${engine} ${name}`) ?? 'MISSING'),
      name,
    ),
  )
  const bad = lines.filter((line) => /MISSING|FAILED/.test(line))
  return { text: [row(engines, 'case'), ...lines].join('\n'), problems: bad }
}

export const engines = ['memory', 'sqlite-memory', 'sqlite', 'postgres', 'mysql', 'redis']

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { text, problems } = table(JSON.parse(readFileSync(process.argv[2], 'utf8')), engines)
  console.log(text)
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) process.exitCode = 1
}
