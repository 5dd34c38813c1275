// What never belongs in a committed text: paths and hosts of one machine, words about how the text came to be, tests
// that were switched off without a reason, and promises to do it later.

// This check and its test have to spell what they look for.
const own = /^tools\/repository(\.test)?\.mjs$/
const binary = /\.(png|jpe?g|gif|ico|webp|woff2?|db|gz|zip)$/

const everywhere = [
  [
    /(^|[\s"'`(=:@])(\/(home|Users|root|work|mnt|opt\/nodes|tmp\/[a-z_]+)\/[\w.-]+|[A-Z]:\\\w+)/,
    'a path of one machine',
  ],
  [/\bregistry\.[a-z0-9-]+\.[a-z]+\b|^\s*registry\s*=/i, 'the host of a package registry'],
  [
    /\bco-authored-by\b|\b(language|AI) models?\b|\bAI[- ](agent|assistant|generated|written)\b|\bchat ?bots?\b/i,
    'how it came to be',
  ],
  [
    /\b(sub-?agents?|prompt engineering|shared\/design)\b|\bgenerated (by|with) an? (assistant|model)\b/i,
    'how it came to be',
  ],
  [/\b(TODO|FIXME|XXX|HACK)\b/, 'a promise to do it later'],
  [/^(<{7}|>{7}) /, 'a merge conflict'],
]
const inTests = /\.test\.(ts|tsx|mjs)$|(^|\/)conformance(\.ts$|\/)/
const only = /\b(describe|it|test|suite)(\.\w+)*\.only\b/
const skipped = /\b(describe|it|test|suite|context)(\.\w+)*\.(skip|skipIf|todo)\b|\bxit\(|\bxdescribe\(/

/**
 * @param {{ files: string[], read: (path: string) => string }} tree
 * @returns {string[]} problems
 */
export function check(tree) {
  const texts = tree.files.filter((path) => !binary.test(path) && !own.test(path))
  if (texts.length === 0) return ['repository: no files were found, so nothing was checked']
  return texts.flatMap((path) => {
    const lines = tree.read(path).split('\n')
    return lines.flatMap((line, index) => lineProblems(path, line, index, lines))
  })
}

function lineProblems(path, line, index, lines) {
  const at = `${path}:${index + 1}`
  const problems = path.endsWith('package-lock.json')
    ? []
    : everywhere.filter(([pattern]) => pattern.test(line)).map(([, what]) => `${at}: holds ${what}`)
  if (!inTests.test(path)) return problems
  if (only.test(line)) problems.push(`${at}: lets one test alone run`)
  const reason = /\/\/ skipped: \S/
  if (skipped.test(line) && !reason.test(line) && !reason.test(lines[index - 1] ?? ''))
    problems.push(`${at}: skips a test without a «// skipped: reason» beside it`)
  return problems
}
