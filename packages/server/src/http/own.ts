// The server's own pages, whatever contract is open: the machine-readable description, and a page for each error code,
// so that the `type` of a problem leads somewhere.
import { type ErrorCode, errors, fail } from '@sallyport/protocol'
import type { Speech, Spot } from './compile.js'
import { describeApi } from './openapi.js'
import type { Answer } from './serve.js'

/** A page that is read with GET or HEAD. */
export interface Own {
  readonly path: string
  /** Throws Failure `not_found`. */
  answer(params: Readonly<Record<string, string>>): Answer
}

/** The own pages; the description is made when it is first asked for. */
export function ownPages(speeches: readonly Speech[], spots: readonly Spot[], issuer: string): Own[] {
  let description: string | undefined
  return [
    {
      path: '/openapi.json',
      answer: () => {
        description ??= JSON.stringify(describeApi(speeches, spots, issuer))
        return page(description, 'application/json')
      },
    },
    { path: '/docs/errors/:code', answer: ({ code = '' }) => explain(code) },
  ]
}

function explain(code: string): Answer {
  if (!Object.hasOwn(errors, code)) throw fail('not_found')
  const { status, title, remedy } = errors[code as ErrorCode]
  return page(`${code} (${status})\n\n${title}\n\n${remedy}\n`, 'text/plain; charset=utf-8')
}

const page = (body: string, contentType: string): Answer => ({
  status: 200,
  body,
  headers: ['content-type', contentType, 'cache-control', 'public, max-age=300'],
})
