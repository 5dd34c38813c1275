// A page for each code of the catalogue, so that the `type` of a problem leads somewhere, and a list of them all: for
// browsers as HTML, for everything else as plain text.
import { type ErrorCode, errors } from '@sallyport/protocol'
import { escapeHtml, htmlPage, prose } from './html.js'

const codes = Object.keys(errors).sort() as ErrorCode[]

/** Whether there is such a code. */
export const isCode = (code: string): code is ErrorCode => Object.hasOwn(errors, code)

/** One code, as text. */
export function errorText(code: ErrorCode): string {
  const { status, title, remedy } = errors[code]
  return `${code} (${status})\n\n${title}\n\n${remedy}\n`
}

/** One code, as a page. */
export function errorPage(code: ErrorCode): string {
  const { status, title, remedy } = errors[code]
  const body = `<header>
<h1><code>${escapeHtml(code)}</code> <span>status ${status}</span></h1>
<p class="links"><a href="../errors">All errors</a> <a href="../../docs">API reference</a></p>
</header>
<main class="narrow">
<p class="lead">${prose(title)}</p>
<p>${prose(remedy)}</p>
</main>`
  return htmlPage(`${code} · Sallyport`, '../../', body)
}

/** All codes, as text. */
export function errorsText(): string {
  const width = Math.max(...codes.map((code) => code.length))
  return codes
    .map((code) => `${code.padEnd(width)}  ${errors[code].status}  ${errors[code].title}\n`)
    .join('')
}

/** All codes, as a page. */
export function errorsPage(): string {
  const rows = codes.map(
    (code) =>
      `<div><dt><a href="errors/${code}"><code>${code}</code></a> <span class="type">${errors[code].status}</span></dt><dd>${prose(errors[code].title)}</dd></div>`,
  )
  const body = `<header>
<h1>Errors <span>what a refusal’s code means</span></h1>
<p class="links"><a href="../docs">API reference</a></p>
</header>
<main class="narrow">
<dl class="members">
${rows.join('\n')}
</dl>
</main>`
  return htmlPage('Errors · Sallyport', '../', body)
}
