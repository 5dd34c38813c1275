// Reads a source file with a real parser (the one inside Vite, a dependency we have anyway) and tells what the checks
// ask: what it imports, which functions it holds and how long they are, which names it declares.
import { parseSync } from 'vite'

const testCallers = /^(describe|suite|it|test|bench|beforeAll|beforeEach|afterAll|afterEach)\b/

/** Whether a path is a source file of ours, in either language. */
export const isSource = (path) => /\.(ts|tsx|mts|mjs|js)$/.test(path)

/** Whether a path is a test. */
export const isTest = (path) => /\.test\.(ts|tsx|mts|mjs|js)$/.test(path)

/**
 * `imports` holds static, type-only, dynamic and `import('x').Type` ones, `require`, re-exports and
 * `new URL('./x.js', import.meta.url)`, which is how a worker is named. `specifier` is undefined where it is computed.
 * `functions` hold `lines` from signature to closing brace, without the bodies handed to `describe`, `it` and the like.
 * Throws where the text does not parse.
 * @param {string} path
 * @param {string} text
 */
export function readSource(path, text) {
  const { program, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`)
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  const lineAt = (offset) => starts.findLastIndex((start) => start <= offset) + 1
  const found = { imports: [], functions: [], names: [] }
  const testBodies = []
  visit(program, undefined, (node, parent) => {
    const line = lineAt(node.start)
    const imported = importOf(node)
    if (imported) found.imports.push({ ...imported, line })
    if (node.id?.type === 'Identifier') found.names.push({ name: node.id.name, line })
    if (!/^(ArrowFunctionExpression|FunctionExpression|FunctionDeclaration)$/.test(node.type)) return
    const span = { line, end: lineAt(node.end) }
    if (parent?.type === 'CallExpression' && testCallers.test(text.slice(parent.start, parent.start + 20)))
      testBodies.push(span)
    else found.functions.push({ ...span, name: nameOf(node, parent) })
  })
  for (const f of found.functions) f.lines = f.end - f.line + 1 - linesInside(f, testBodies)
  return found
}

function visit(node, parent, see) {
  see(node, parent)
  for (const value of Object.values(node))
    for (const child of Array.isArray(value) ? value : [value])
      if (typeof child?.type === 'string') visit(child, node, see)
}

function importOf(node) {
  if (/^(ImportDeclaration|ExportAllDeclaration|ExportNamedDeclaration)$/.test(node.type) && node.source) {
    const everyType = node.specifiers?.length > 0 && node.specifiers.every((one) => one.importKind === 'type')
    const type = node.importKind === 'type' || node.exportKind === 'type' || everyType
    return { specifier: node.source.value, how: type ? 'type' : 'static' }
  }
  if (node.type === 'TSImportType') return { specifier: node.source.value, how: 'type' }
  if (node.type === 'ImportExpression') return { specifier: node.source.value, how: 'dynamic' }
  const [first, second] = node.arguments ?? []
  if (node.type === 'CallExpression' && node.callee.name === 'require' && first)
    return { specifier: first.value, how: 'dynamic' }
  const file =
    node.type === 'NewExpression' && node.callee.name === 'URL' && second?.type === 'MemberExpression'
  if (file && second.object.type === 'MetaProperty' && /^\.{1,2}\/.*\.m?[jt]s$/.test(first.value ?? ''))
    return { specifier: first.value, how: 'file' }
}

const nameOf = (node, parent) => node.id?.name ?? parent?.id?.name ?? parent?.key?.name ?? 'a function'

function linesInside(outer, spans) {
  const inside = spans.filter((span) => span.line >= outer.line && span.end <= outer.end)
  const outermost = inside.filter((a) => !inside.some((b) => b !== a && b.line <= a.line && b.end >= a.end))
  return outermost.reduce((sum, span) => sum + span.end - span.line - 1, 0)
}
