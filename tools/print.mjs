// Prints the reference pages of settings and errors from what the code says about itself; print-operations.mjs prints
// the third. Pure: data in, text out. To change a page, change the sentence beside the thing it describes.

/** The line that says where a page comes from. */
export const printedFrom = (what) =>
  `<!-- Printed by \`npm run docs\` from ${what}; not edited by hand. -->\n\n`

/** A Markdown table; columns that are empty in every row are left out. */
export function table(titles, rows) {
  const used = titles.map((_, at) => rows.some((cells) => cells[at] !== ''))
  const line = (cells) =>
    `| ${cells
      .filter((_, at) => used[at])
      .map(cell)
      .join(' | ')} |\n`
  return rows.length === 0 ? '' : line(titles) + line(titles.map(() => '---')) + rows.map(line).join('')
}
const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

export const code = (text) => (text === '' ? '' : `\`${text}\``)
export const errorLink = (name) => `[\`${name}\`](errors.md#${name})`

const settingsIntroduction = `# Settings

A setting has one name everywhere: \`access_token.ttl\` is two nested keys in \`sallyport.yaml\`, the variable
\`SALLYPORT_ACCESS_TOKEN__TTL\` and the flag \`--access-token.ttl\`. A flag wins over the environment, the environment
over the file, the file over the default. An unknown name or a wrong value stops the start and says what it is, where it
stands and what was expected.

Durations are written \`500ms\`, \`10s\`, \`5m\`, \`12h\`, \`30d\`; a bare number is seconds. A list is a list in YAML, and
JSON or comma-separated in the environment and in flags. A variable with \`_FILE\` behind its name (a flag with \`-file\`)
takes the value from the file it names. Secrets are never taken from a flag, because every user of a machine can read
its command lines.
`

/**
 * docs/settings.md
 * @param {readonly { name: string, doc: string, expected: string, shown: string, secret: boolean, developmentOnly: boolean }[]} settings
 */
export function printSettings(settings) {
  const groupOf = ({ name }) => (name.includes('.') ? name.slice(0, name.indexOf('.')) : 'The server itself')
  const groups = [...new Set(settings.map(groupOf))].sort(
    (a, b) => Number(b.includes(' ')) - Number(a.includes(' ')),
  )
  const sections = groups.map((group) => {
    const rows = settings.filter((setting) => groupOf(setting) === group).map(settingRow)
    return `\n## ${group}\n\n${table(['setting', 'default', 'expected', 'meaning'], rows)}`
  })
  return printedFrom('the settings that every room declares') + settingsIntroduction + sections.join('')
}

function settingRow({ name, doc, expected, shown, secret, developmentOnly }) {
  const kept = [secret && 'A secret: never printed.', developmentOnly && 'Development only.'].filter(Boolean)
  return [code(name), shown.includes('`') ? shown : code(shown), expected, [doc, ...kept].join(' ')]
}

const errorsIntroduction = `# Errors

Every refusal is \`application/problem+json\` (RFC 9457) on the native contract:

\`\`\`json
{ "type": "…", "title": "…", "status": 401, "detail": "…", "instance": "the request's id", "code": "session_ended" }
\`\`\`

Branch on \`code\` and on nothing else: sentences may change, codes do not. \`errors\` lists what is wrong with single
members of the input (\`pointer\`, \`code\`, \`detail\`); \`retry_after\` repeats the \`Retry-After\` header in seconds. The
\`instance\` is in the server's log, beside what strangers are not told. Another wire contract may say the same code with
other words and another status.
`

/**
 * docs/errors.md, one section a code: the `type` of a problem points at it.
 * @param {Record<string, { status: number, title: string, remedy: string }>} errors
 * @param {readonly { name: string, errors: readonly string[] }[]} operations
 */
export function printErrors(errors, operations) {
  const entries = Object.entries(errors).sort(([, a], [, b]) => a.status - b.status)
  const overview = entries.map(([name, { status, title }]) => [
    String(status),
    `[\`${name}\`](#${name})`,
    title,
  ])
  const sections = entries.map(([name, { status, title, remedy }]) => {
    const givers = operations.filter((operation) => operation.errors.includes(name))
    const given = givers.map(
      (operation) => `[\`${operation.name}\`](operations.md#${anchorOf(operation.name)})`,
    )
    const by = given.length > 0 ? `\n\nAnswered by ${given.join(', ')}.` : ''
    return `\n## ${name}\n\n**${status}** · ${title}\n\n${remedy}${by}\n`
  })
  const page = `${errorsIntroduction}\n${table(['status', 'code', 'sentence'], overview)}${sections.join('')}`
  return printedFrom('packages/protocol/src/errors.ts') + page
}

/** GitHub's anchor of a heading that is an operation's name. */
export const anchorOf = (name) => name.toLowerCase().replace(/[^a-z0-9_-]/g, '')
