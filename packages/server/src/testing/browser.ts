// A client as users have one: it keeps cookies by their rules as far as our cookies go, and says where it is.
import type { Server } from '../server.js'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests read members of answers without declaring them first
  readonly json: any
  readonly setCookies: readonly string[]
}

export interface Browser {
  readonly cookies: Map<string, string>
  /** An access token that is sent as Bearer until it is changed. */
  bearer: string | undefined
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
}

export function createBrowser(server: Pick<Server, 'inject'>): Browser {
  const jar = new Map<string, { value: string; path: string }>()
  const browser: Browser = {
    get cookies() {
      return new Map([...jar].map(([name, { value }]) => [name, value]))
    },
    bearer: undefined,
    get: (path, headers) => browser.send('GET', path, undefined, headers),
    post: (path, body, headers) => browser.send('POST', path, body, headers),
    send: async (method, path, body, headers = {}) => {
      const cookie = [...jar]
        .filter(([, rule]) => path.startsWith(rule.path))
        .map(([name, { value }]) => `${name}=${value}`)
        .join('; ')
      const answer = await server.inject({
        method: method as 'GET',
        url: path,
        headers: {
          ...(cookie && { cookie }),
          ...(browser.bearer && { authorization: `Bearer ${browser.bearer}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const setCookies = [answer.headers['set-cookie'] ?? []].flat()
      for (const line of setCookies) keep(jar, line)
      const isJson = /[/+]json/.test(String(answer.headers['content-type']))
      return {
        status: answer.statusCode,
        headers: answer.headers as Answer['headers'],
        text: answer.body,
        json: isJson ? JSON.parse(answer.body) : undefined,
        setCookies,
      }
    },
  }
  return browser
}

function keep(jar: Map<string, { value: string; path: string }>, line: string): void {
  const [pair = '', ...attributes] = line.split(/; */)
  const name = pair.slice(0, pair.indexOf('='))
  const of = (wanted: string) =>
    attributes.find((one) => one.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1)
  if (of('max-age') === '0') jar.delete(name)
  else jar.set(name, { value: pair.slice(name.length + 1), path: of('path') ?? '/' })
}
