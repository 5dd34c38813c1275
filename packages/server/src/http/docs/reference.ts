// The page that `GET /docs` answers: the description of the API (openapi.ts), laid out for reading. No script, nothing
// from elsewhere, and nothing here knows an operation: what is not in the description is not on the page.
import type { CallerRule } from '@sallyport/protocol'
import { escapeHtml, htmlPage, prose } from './html.js'
import { type Described, membersList, rowHtml } from './members.js'

type Content = Readonly<Record<string, { readonly schema: Described }>>

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly parameters?: readonly { name: string; in: string; required: boolean; schema: Described }[]
  readonly requestBody?: { readonly content: Content }
  readonly security?: readonly Readonly<Record<string, unknown>>[]
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>
  readonly 'x-operation': string
  readonly 'x-caller': CallerRule
  readonly 'x-scope'?: string
}

/** As much of an OpenAPI document as is shown. */
export interface Description {
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

interface Entry {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

/** The page of a description. */
export function referencePage({ servers, paths }: Description): string {
  const entries = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )
  const groups = groupsOf(entries)
  const [base] = servers
  const body = `<a class="skip" href="#content">Skip to the operations</a>
<header>
<h1>Sallyport <span>API reference</span></h1>
<p><code>${escapeHtml(base?.url ?? '')}</code></p>
<p class="links"><a href="openapi.json">OpenAPI 3.1</a> <a href="docs/errors">Errors</a></p>
</header>
<div class="columns">
<nav aria-label="Operations">
${[...groups].map(([name, group]) => navGroup(name, group)).join('\n')}
</nav>
<main id="content">
${[...groups].map(([name, group]) => section(name, group)).join('\n')}
</main>
</div>`
  return htmlPage('Sallyport API reference', '', body)
}

/** By contract and by the word before the dot of an operation's name, in the order of the description. */
function groupsOf(entries: readonly Entry[]): Map<string, Entry[]> {
  const contracts = new Set(entries.map(({ operation }) => operation.tags[0]))
  const groups = new Map<string, Entry[]>()
  for (const entry of entries) {
    const { tags, 'x-operation': name } = entry.operation
    const word = name.split('.')[0] as string
    const title = contracts.size > 1 ? `${tags[0]}: ${word}` : `${word[0]?.toUpperCase()}${word.slice(1)}`
    const group = groups.get(title)
    if (group) group.push(entry)
    else groups.set(title, [entry])
  }
  return groups
}

const groupId = (name: string) => `group-${name.toLowerCase().replaceAll(/\W+/g, '-')}`

function navGroup(name: string, group: readonly Entry[]): string {
  const links = group.map(
    ({ method, path, operation }) =>
      `<li><a href="#${escapeHtml(operation.operationId)}">${badge(method)} <span>${escapeHtml(path)}</span></a></li>`,
  )
  return `<section><h2><a href="#${groupId(name)}">${escapeHtml(name)}</a></h2><ul>${links.join('')}</ul></section>`
}

const badge = (method: string) => `<span class="method ${method.toLowerCase()}">${method}</span>`

function section(name: string, group: readonly Entry[]): string {
  return `<section class="group" id="${groupId(name)}">
<h2>${escapeHtml(name)}</h2>
${group.map(article).join('\n')}
</section>`
}

function article({ method, path, operation }: Entry): string {
  const parts = [
    `<h3>${badge(method)} <a class="address" href="#${escapeHtml(operation.operationId)}">${breakable(path)}</a></h3>`,
    `<p>${prose(operation.summary)}</p>`,
    `<p class="caller">${callerSentence(operation)}</p>`,
    requestHtml(operation),
    ...Object.entries(operation.responses).map(([status, { description, content }]) =>
      Number(status) < 400 ? answerHtml(status, description, content) : '',
    ),
    failuresHtml(operation),
  ]
  return `<article id="${escapeHtml(operation.operationId)}">\n${parts.filter(Boolean).join('\n')}\n</article>`
}

/** A long path may break after a slash. */
const breakable = (path: string) => escapeHtml(path).replaceAll('/', '/<wbr>')

const callers: Record<CallerRule, string> = {
  anyone: 'Anyone may call it.',
  access: 'Needs a live access token.',
  recent: 'Needs a live access token, and a proof of identity at most 5 minutes old.',
  refresh: 'Needs a refresh token.',
  leaving: 'Needs an access or refresh token; one that has expired will do.',
  verifier: 'Needs a verifier key.',
  admin: 'Needs an administrator’s session or an API key',
  operator: '',
}

function callerSentence({ 'x-caller': caller, 'x-scope': scope, security = [] }: Operation): string {
  const where = [...new Set(security.flatMap(Object.keys))].map((name) =>
    name === 'bearer' ? '<code>Authorization: Bearer</code>' : `the cookie <code>${escapeHtml(name)}</code>`,
  )
  const said =
    scope === undefined
      ? callers[caller]
      : `${callers[caller]} with the scope <code>${escapeHtml(scope)}</code>.`
  return where.length > 0 && caller !== 'anyone' ? `${said} Sent as ${where.join(' or ')}.` : said
}

function requestHtml({ parameters = [], requestBody }: Operation): string {
  const places = parameters.map(({ name, in: place, required, schema }) =>
    rowHtml({
      path: name,
      required,
      schema: { ...schema, description: [`In the ${place}.`, schema.description].filter(Boolean).join(' ') },
    }),
  )
  const inAddress =
    places.length > 0 ? `<h4>Address</h4>\n<dl class="members">\n${places.join('\n')}\n</dl>` : ''
  const [type, body] = Object.entries(requestBody?.content ?? {})[0] ?? []
  const types = Object.keys(requestBody?.content ?? {}).map((one) => `<code>${escapeHtml(one)}</code>`)
  if (type === undefined || body === undefined) return inAddress
  const shapes = (body.schema.oneOf ?? [body.schema]).map(membersList)
  return `${inAddress}\n<h4>Body <span>${types.join(' or ')}</span></h4>\n${shapes.join('\n<p>or</p>\n')}`
}

function answerHtml(status: string, description: string, content: Content | undefined): string {
  const [type, body] = Object.entries(content ?? {})[0] ?? []
  const list = body && membersList(body.schema)
  const head = `Answer ${escapeHtml(status)} <span>${type ? `<code>${escapeHtml(type)}</code>` : 'no body'}</span>`
  if (!list) return `<h4>${head}</h4>${body ? `<p>${escapeHtml(description)}</p>` : ''}`
  return `<details><summary><h4>${head}</h4></summary>\n${list}\n</details>`
}

function failuresHtml({ responses }: Operation): string {
  const failures = Object.entries(responses).filter(([status]) => Number(status) >= 400)
  if (failures.length === 0) return ''
  const items = failures.map(([status, { description }]) => {
    const links = description
      .split(', ')
      .map((code) => `<a href="docs/errors/${escapeHtml(code)}">${escapeHtml(code)}</a>`)
    return `<li><b>${escapeHtml(status)}</b> ${links.join(', ')}</li>`
  })
  return `<details><summary><h4>Failures <span>${failures.map(([status]) => status).join(', ')}</span></h4></summary>\n<ul class="failures">${items.join('')}</ul>\n</details>`
}
