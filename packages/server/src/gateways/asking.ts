// What gateways say when they ask, without one in between.
import type { Sallyport } from '../testing/sallyport.js'

export type Headers = Record<string, string>

/** A browser that goes there. */
export const navigates = { 'sec-fetch-mode': 'navigate', accept: 'text/html' }
const parts = {
  'x-forwarded-proto': 'http',
  'x-forwarded-host': 'localhost:8080',
  'x-forwarded-method': 'GET',
}
/** What each gateway says of a look at `/where?a=1&b=2`. */
export const looks: Record<string, { url: string; headers: Headers }> = {
  nginx: {
    url: '/gate/nginx',
    headers: { 'x-original-url': 'http://localhost:8080/where?a=1&b=2', 'x-original-method': 'GET' },
  },
  caddy: { url: '/gate/caddy', headers: { ...parts, 'x-forwarded-uri': '/where?a=1&b=2' } },
  traefik: { url: '/gate/traefik', headers: { ...parts, 'x-forwarded-uri': '/where?a=1&b=2' } },
  envoy: {
    url: '/gate/envoy/where?a=1&b=2',
    headers: { host: 'localhost:8080', 'x-forwarded-proto': 'http' },
  },
}
/** Asks a server as a gateway does. */
export const askingOf =
  (sallyport: () => Sallyport) =>
  async (
    name: string,
    headers: Headers = {},
    { query = '', method = 'GET', from = '127.0.0.1', url }: Record<string, string | undefined> = {},
  ) => {
    const look = looks[name]!
    const answer = await sallyport().server.inject({
      method: method as 'GET',
      url: (url ?? look.url) + query,
      headers: { ...look.headers, ...headers },
      remoteAddress: from as string,
    })
    return { status: answer.statusCode, headers: answer.headers as Headers, text: answer.body }
  }
export const bearer = ({ access_token }: { access_token: string }) => ({
  authorization: `Bearer ${access_token}`,
})
