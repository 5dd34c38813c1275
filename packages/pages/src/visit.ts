// One visit: the request, in whose language, and what a page needs again and again: a form's token, a return address,
// values that were typed, the way to another page.
import type { PageAnswer, PageRequest, User } from '@sallyport/protocol'
import type { ReactElement } from 'react'
import type { BrowserCookie } from './browser-cookies.js'
import type { Files } from './files.js'
import type { Flow } from './flow.js'
import type { Speech } from './language.js'
import type { Tools } from './lent.js'
import { type Frame, renderPage } from './views/frame.js'

/** How long a form may be looked at before it is sent. Milliseconds. */
const FORM_LIFETIME = 12 * 3_600_000
/** As long as a message may lead back. */
const RETURN_LIFETIME = 24 * 3_600_000
/** Seconds. */
const RETURN_COOKIE = 30 * 86_400
const PENDING_LIFETIME = 10 * 60_000

export interface Visit {
  readonly request: PageRequest
  readonly speech: Speech
  readonly tools: Tools
  readonly files: Files
  /** On pages that need somebody signed in. */
  readonly user?: User
  /** What ties this browser's forms to it; made now where the browser brought none. */
  readonly formCookie: BrowserCookie
  /** What ties the way back to this browser. It outlives a sign-in: other tabs have their own way back. */
  readonly returnCookie: BrowserCookie
  /** For forms to this page and its neighbours: on pages that need somebody signed in, good for them alone. */
  readonly formToken: string
  /** For forms that stand on every page. */
  readonly commonToken: string
  readonly returnTo: ReturnTo
  /** What was typed before the visitor had to confirm who they are. */
  readonly pending: Pending | undefined
  /** What a message was sent for from this browser. */
  readonly flow: Flow | undefined
}

/** Where to go when a flow is done. `sealed` carries it through the forms. */
export interface ReturnTo {
  readonly address?: string
  /** Where that leads in the end, where it is not here. */
  readonly origin?: string
  readonly sealed?: string
  /** Whoever has the ticket may use it: it was made on another host, which does not know this browser. */
  readonly unbound?: true
  /** One was asked for that is not gone to. */
  readonly refused?: true
}

export interface Pending {
  readonly path: string
  readonly values: Readonly<Record<string, string>>
  /** What the proof is for. */
  readonly purpose?: string
  /** The proof was given. */
  readonly confirmed?: true
}

/** What a form's token is good beside: its browser, and whoever is signed in where that matters. */
export const besideForm = (formCookie: string, user: User | undefined): string =>
  `${formCookie} ${user?.id ?? ''}`

/** The token of a visit's forms: good in this browser until the next sign-in on a page. */
export const newFormToken = (tools: Tools, beside: string): string =>
  tools.seal('form', '', FORM_LIFETIME, beside)

/** Why a form that was sent does not count; undefined where it does. */
export function formFault({ tools, request, formCookie, user }: Visit): 'expired' | 'cookies' | undefined {
  if (formCookie.isNew) return 'cookies'
  const token = request.form.form
  const isOurs =
    token !== undefined && tools.open('form', token, besideForm(formCookie.value, user)) !== undefined
  return isOurs ? undefined : 'expired'
}

/** The return address that a link or a form brought: sealed by us, or an address that may be gone to as it is. */
function readReturn(visit: Returning): ReturnTo {
  const { query, form } = visit.request
  const sealed = form.rt ?? query.rt
  if (sealed !== undefined) return openReturn(visit, sealed) ?? { refused: true }
  const asked = query.return_to
  if (asked === undefined) return {}
  const address = visit.tools.admitReturn(asked)
  return address === undefined
    ? { refused: true }
    : { ...leads(address, ''), sealed: sealReturn(visit, address) }
}

type Returning = Pick<Visit, 'request' | 'tools' | 'returnCookie'>

function openReturn({ tools, returnCookie }: Returning, sealed: string): ReturnTo | undefined {
  const own = tools.open('return', sealed, returnCookie.value)
  if (own !== undefined) return { ...leads(own, sealed), sealed }
  const text = tools.open('return', sealed, '')
  return text === undefined ? undefined : { ...leads(text, sealed), sealed, unbound: true }
}

/** An address, or, behind a blank, one on a host to which the session has to be handed over first. */
function leads(text: string, sealed: string): Pick<ReturnTo, 'address' | 'origin'> {
  const there = text.split(' ')[1]
  if (there !== undefined) return { address: `/gate/enter?rt=${sealed}`, origin: new URL(there).origin }
  return { address: text, ...(URL.canParse(text) && { origin: new URL(text).origin }) }
}

/** The same, or where the flow of this browser was to lead, on the pages that go on with it. */
export function returnOf(
  visit: Returning,
  flow: Flow | undefined,
  kinds: readonly Flow['kind'][] = [],
): ReturnTo {
  const own = readReturn(visit)
  if (own.refused || own.sealed !== undefined || !flow?.rt || !kinds.includes(flow.kind)) return own
  return openReturn(visit, flow.rt) ?? {}
}

/** A ticket to an address, good in this browser. */
export const sealReturn = (
  { tools, returnCookie }: Pick<Visit, 'tools' | 'returnCookie'>,
  address: string,
): string => tools.seal('return', address, RETURN_LIFETIME, returnCookie.value)

export const returnCookieLine = ({ value }: BrowserCookie) =>
  ({ name: 'return', value, seconds: RETURN_COOKIE }) as const

/** The same page with a ticket that is this browser's: the one that came is soon over. */
function bound(visit: Visit, sealed: string): PageAnswer {
  const { request, tools, returnCookie } = visit
  const text = tools.open('return', sealed, '') ?? ''
  const query = new URLSearchParams({ ...request.query, rt: sealReturn(visit, text) })
  return go(`${request.path}?${query}`, { cookies: [returnCookieLine(returnCookie)] })
}

/** The path of another page, with the return address that this visit carries. */
export function withReturn({ returnTo }: Visit, path: string, more: Record<string, string> = {}): string {
  const rt = returnTo.sealed
  const query = new URLSearchParams({ ...(rt !== undefined && { rt }), ...more })
  return query.size > 0 ? `${path}?${query}` : path
}

/** What was typed: sent just now, or before a confirmation; else `usual`. */
export function typed({ request, pending }: Visit, name: string, usual = ''): string {
  if (request.method === 'POST') return request.form[name] ?? usual
  return pending?.values[name] ?? usual
}

/** A form's value, or undefined where nothing was typed. */
export function given({ request }: Visit, name: string): string | undefined {
  const value = request.form[name]
  return value === undefined || value === '' ? undefined : value
}

export const go = (location: string, more: Partial<PageAnswer> = {}): PageAnswer => ({
  status: 303,
  location,
  ...more,
})

const passwords = /password|token|^form$|^rt$/

/** What is being done, kept for when the visitor has confirmed who they are. No password is in it. */
export function sealPending({ tools, user }: Visit, pending: Pending): string {
  const values = Object.fromEntries(Object.entries(pending.values).filter(([name]) => !passwords.test(name)))
  return tools.seal('pending', JSON.stringify({ ...pending, values }), PENDING_LIFETIME, user?.id ?? '')
}

export function readPending(request: PageRequest, tools: Tools, user: User | undefined): Pending | undefined {
  const sealed = request.form.pending ?? request.query.pending
  const text = sealed === undefined ? undefined : tools.open('pending', sealed, user?.id ?? '')
  return text === undefined ? undefined : (JSON.parse(text) as Pending)
}

/** A page as HTML. */
export function page(
  visit: Visit,
  view: ReactElement,
  frame: Omit<Frame, 'children'>,
  more: Partial<PageAnswer> = {},
): PageAnswer {
  const { formCookie, returnCookie, returnTo, request } = visit
  const { origin, sealed, unbound } = returnTo
  if (unbound && sealed !== undefined && request.method === 'GET') return bound(visit, sealed)
  const cookies = [
    ...(formCookie.isNew ? [{ name: 'form' as const, value: formCookie.value }] : []),
    ...(returnCookie.isNew && (sealed !== undefined || visit.user) ? [returnCookieLine(returnCookie)] : []),
  ]
  return {
    status: 200,
    html: renderPage(visit, { ...frame, children: view }),
    ...(cookies.length > 0 && { cookies }),
    ...(origin !== undefined && { leadsTo: [origin] }),
    ...more,
  }
}

/** What stands for a word that a form or an address says, where it is one of ours. */
export const wordOf = <K extends string>(
  told: Readonly<Record<string, K>>,
  word: string | undefined,
): K | undefined => (word !== undefined && Object.hasOwn(told, word) ? told[word] : undefined)
