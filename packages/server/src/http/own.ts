// The server's own pages, whatever contract is open: the machine-readable description, the same for reading, and a page
// for each error code.
import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { fail } from '@sallyport/protocol'
import type { Speech, Spot } from './compile.js'
import { errorPage, errorsPage, errorsText, errorText, isCode } from './docs/error-pages.js'
import { type Description, referencePage } from './docs/reference.js'
import type { Door } from './door.js'
import { describeApi } from './openapi.js'
import type { Answer } from './serve.js'

/** A page that is read with GET or HEAD. */
export interface Own {
  readonly path: string
  /** Throws Failure `not_found`. */
  answer(params: Readonly<Record<string, string>>, request: IncomingMessage): Answer | Promise<Answer>
}

/** The own pages; each is made when it is first asked for. */
export function ownPages(
  speeches: readonly Speech[],
  spots: readonly Spot[],
  { issuer, docs, metrics }: Pick<Door, 'issuer' | 'docs' | 'metrics'>,
): Own[] {
  const describe = once(() => describeApi(speeches, spots, issuer))
  const json = once(() => JSON.stringify(describe()))
  const reference = once(() => referencePage(describe() as unknown as Description))
  const style = once(() => readFileSync(new URL('./docs.css', import.meta.url), 'utf8'))
  const pages: Own[] = [
    { path: '/docs/docs.css', answer: () => text(style(), 'text/css; charset=utf-8') },
    {
      path: '/docs/errors',
      answer: (_params, request) => (wantsHtml(request) ? html(errorsPage()) : plain(errorsText())),
    },
    {
      path: '/docs/errors/:code',
      answer: ({ code = '' }, request) => {
        if (!isCode(code)) throw fail('not_found')
        return wantsHtml(request) ? html(errorPage(code)) : plain(errorText(code))
      },
    },
  ]
  if (docs)
    pages.push(
      { path: '/openapi.json', answer: () => text(json(), 'application/json') },
      { path: '/docs', answer: () => html(reference()) },
    )
  if (metrics)
    pages.push({
      path: '/metrics',
      answer: async () => ({
        status: 200,
        body: await metrics(),
        headers: ['content-type', 'text/plain; version=0.0.4; charset=utf-8', 'cache-control', 'no-store'],
      }),
    })
  return pages
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** Browsers ask for HTML by name; what takes anything gets plain text. */
function wantsHtml({ headers }: IncomingMessage): boolean {
  return /(^|,)\s*text\/html\s*(?!;\s*q=0(\.0*)?\s*(,|$))(;|,|$)/i.test(headers.accept ?? '')
}

const text = (body: string, contentType: string): Answer => ({
  status: 200,
  body,
  headers: ['content-type', contentType, 'cache-control', 'public, max-age=300'],
})

const negotiated = ['vary', 'accept']
const html = (body: string): Answer => {
  const answer = text(body, 'text/html; charset=utf-8')
  return { ...answer, headers: [...answer.headers, ...negotiated], isPage: true }
}
const plain = (body: string): Answer => {
  const answer = text(body, 'text/plain; charset=utf-8')
  return { ...answer, headers: [...answer.headers, ...negotiated] }
}
