// Somebody who visits pages without scripts and without a browser's eyes: looks at one, fills in a form of it, sends it
// with what a browser would add. For what has to be tried many times; journeys/ has the real browser.

import type { Answer, Browser } from './browser.js'
import type { Sallyport } from './sallyport.js'

export interface Form {
  readonly action: string
  /** Everything that has a name, with the value that stands in it. */
  readonly fields: Readonly<Record<string, string>>
}

export interface Visitor {
  readonly browser: Browser
  /** The page that one is on; redirects are followed. */
  readonly at: { path: string; answer: Answer }
  look(path: string, headers?: Record<string, string>): Promise<Answer>
  /** Sends the first form of the page with this action, changed by these fields. */
  send(action: string, fields?: Record<string, string>, headers?: Record<string, string>): Promise<Answer>
  forms(): Form[]
}

/** What browsers say when a page of ours sends a form. */
export const ours = {
  'sec-fetch-site': 'same-origin',
  'sec-fetch-mode': 'navigate',
  origin: 'http://localhost:4400',
}

export function createVisitor(sallyport: Pick<Sallyport, 'browser'>): Visitor {
  const browser = sallyport.browser()
  const at: { path: string; answer: Answer } = { path: '', answer: undefined as never }
  const arrive = async (path: string, answer: Answer): Promise<Answer> => {
    Object.assign(at, { path, answer })
    const to = answer.headers.location
    if (answer.status !== 303 || typeof to !== 'string' || !to.startsWith('/')) return answer
    const next = to.split('#')[0] as string
    return arrive(next, await browser.get(next, { accept: 'text/html' }))
  }
  const forms = () => readForms(at.answer.text)
  return {
    browser,
    at,
    forms,
    look: async (path, headers) => arrive(path, await browser.get(path, { accept: 'text/html', ...headers })),
    send: async (action, fields = {}, headers = {}) => {
      const form = forms().find((one) => one.action === action)
      if (!form) throw new Error(`no form leads to ${action} on ${at.path}: ${at.answer.text.slice(0, 2000)}`)
      const body = new URLSearchParams({ ...form.fields, ...fields }).toString()
      const type = { 'content-type': 'application/x-www-form-urlencoded' }
      const answer = await browser.send('POST', action, body, { ...ours, ...type, ...headers })
      return arrive(action, answer)
    },
  }
}

/** The forms of a page, by what stands in its text. */
function readForms(html: string): Form[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, head = '', inside = '']) => ({
    action: unescapeHtml(attribute(head, 'action') ?? ''),
    fields: Object.fromEntries(
      [...inside.matchAll(/<(?:input|select)\b([^>]*)>/g)]
        .map(([, attributes = '']) => [attribute(attributes, 'name'), attribute(attributes, 'value') ?? ''])
        .filter((pair): pair is [string, string] => pair[0] !== undefined)
        .map(([name, value]) => [name, unescapeHtml(value)]),
    ),
  }))
}

export const attribute = (text: string, name: string): string | undefined =>
  new RegExp(`(?:^|\\s)${name}="([^"]*)"`, 'i').exec(text)?.[1]

const unescapeHtml = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#x27;', "'")
    .replaceAll('&amp;', '&')
