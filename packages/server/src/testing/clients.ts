// What a client of another backend needs to be tried on a whole server that listens: an address, a clock that moves over
// the wire, and what a browser lends to its pages.
import { contracts } from '@sallyport/protocol'
import { freePort } from './port.js'
import type { Options } from './sallyport.js'
import { openFor } from './transcript.js'

export interface Backend {
  readonly url: string
  /** Moves the server's clock, as a stranger to its process does it. */
  advance(seconds: number): Promise<void>
  close(): Promise<void>
}

/** A server that listens on a free port and speaks this contract. */
export async function openBackend(contract: string, options: Options = {}): Promise<Backend> {
  const known = contracts.find((one) => one.contract.name === contract)!
  const port = await freePort()
  const settings = { port: String(port), 'metrics.port': '0', ...options.settings }
  const sallyport = await openFor(await known.transcript(), { ...options, settings })
  const { url } = await sallyport.server.listen()
  const advance = async (seconds: number) => {
    const answer = await fetch(`${url}/dev/clock`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ advance: `${seconds}s` }),
    })
    if (!answer.ok) throw new Error(`the clock answered ${answer.status}`)
  }
  return { url, advance, close: () => sallyport.close() }
}

/** A module of examples/clients. */
export const loadClient = <T>(path: string): Promise<T> =>
  import(new URL(`../../../../examples/clients/${path}`, import.meta.url).href)

/** `localStorage`, shared by whatever tabs are given it. */
export function createStorage() {
  const kept = new Map<string, string>()
  return {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  }
}

/** `navigator.locks`, which Node has only later: whoever asks for a lock waits for those who asked before. */
export function createLocks() {
  const queues = new Map<string, Promise<unknown>>()
  return {
    request<T>(name: string, work: () => Promise<T>): Promise<T> {
      const turn = (queues.get(name) ?? Promise.resolve()).then(work)
      queues.set(
        name,
        turn.catch(() => {}),
      )
      return turn
    },
  }
}

/** A fetch that keeps account of what was asked for: `POST /login 200`. */
export function recordingFetch(asked: string[], fetch = globalThis.fetch): typeof globalThis.fetch {
  return async (url, options) => {
    const isWhole = url instanceof Request
    const method = options?.method ?? (isWhole ? url.method : 'GET')
    const answer = await fetch(url, options)
    asked.push(`${method} ${new URL(isWhole ? url.url : String(url)).pathname} ${answer.status}`)
    return answer
  }
}

export interface Visitor {
  readonly storage: ReturnType<typeof createStorage>
  /** Keeps cookies where credentials are included, and hides answers that the origin may not read. */
  readonly fetch: typeof globalThis.fetch
  /** `POST /login 200`, in the order of the answers. */
  readonly seen: string[]
  readonly cookies: Map<string, string>
}

/** What a browser lends to all the tabs of a page of this origin. */
export function createVisitor(origin: string): Visitor {
  const cookies = new Map<string, string>()
  const seen: string[] = []
  const send: typeof globalThis.fetch = async (url, { credentials, ...options } = {}) => {
    const headers = new Headers(options.headers)
    headers.set('origin', origin)
    const hasCookies = credentials === 'include'
    if (hasCookies) headers.set('cookie', [...cookies].map((pair) => pair.join('=')).join('; '))
    const answer = await fetch(url, { ...options, headers })
    for (const line of hasCookies ? answer.headers.getSetCookie() : []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    if (answer.headers.get('access-control-allow-origin') !== origin) throw new TypeError('Failed to fetch')
    return answer
  }
  return { storage: createStorage(), fetch: recordingFetch(seen, send), seen, cookies }
}

/** The newest message to an address, as somebody finds it in the mailbox of a development server. */
export async function mailTo(url: string, address: string): Promise<{ code: string; token: string }> {
  const answer = await fetch(`${url}/dev/mail.json?limit=1&to=${encodeURIComponent(address)}`)
  const { items } = (await answer.json()) as { items: { code: string; link: string }[] }
  if (!items[0]) throw new Error(`there is no message to ${address}`)
  return { code: items[0].code, token: new URL(items[0].link).searchParams.get('token') ?? '' }
}
