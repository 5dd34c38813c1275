import { isIP } from 'node:net'
import { boolean, choice, list, type Setting, text } from '../util/setting.js'
import { contractsSetting } from './contracts.js'

export const origins = list('origins', [], {
  doc: 'Origins of browser applications that may call this server, besides its own.',
  expected: 'a list of origins such as https://app.example.com, without a path',
  test: (item) => URL.canParse(item) && new URL(item).origin === item,
})

export const trustedProxies = list('trusted_proxies', [], {
  doc: 'Addresses or networks of proxies in front, whose X-Forwarded-For is believed.',
  expected: 'a list of IP addresses or networks such as 10.0.0.0/8',
  test: isNetwork,
})

export const docsEnabled = boolean('docs.enabled', true, {
  doc: 'Whether `/docs` and `/openapi.json` are served. The pages of error codes always are.',
})

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const gateHost = new RegExp(`^(?:\\*\\.)?${label}(?:\\.${label})*(?::\\d{1,5})?$`)
const domain = new RegExp(`^${label}(?:\\.${label})+$`)

export const gateHosts = list('gate.hosts', [], {
  doc: 'Hosts of applications behind gateways: a visitor is led back to these alone after signing in.',
  expected:
    'a list of hosts in lower case such as app.example.com, *.example.com or localhost:8080, with their port where it is not the usual one',
  test: (item) => gateHost.test(item) && isSpelledSo(item.replace(/^\*\./, '')),
})

export const gateCookieDomain = text('gate.cookie_domain', undefined, {
  doc: 'The domain whose hosts all see who is signed in, for gateways on other hosts than this server’s; it gets a cookie of its own.',
  shown: 'none',
  expected: 'a domain in lower case such as example.com, of which the issuer’s host is a part',
  test: (value) => domain.test(value) && !/\.\d+$/.test(value),
})

export const gatePreflight = choice('gate.preflight', 'refuse', ['refuse', 'pass'], {
  doc: 'Whether the gate lets questions of CORS pass, which browsers send without saying who asks.',
})

export const gateAssertion = boolean('gate.assertion', false, {
  doc: 'Whether applications on `gate.hosts` are told who the visitor is in a signed header too, which they can verify with the published keys.',
})

/** Whether browsers say a host in these words: any others would be listed in vain. */
const isSpelledSo = (host: string): boolean =>
  ['https', 'http'].every((proto) => {
    const url = `${proto}://${host}`
    return URL.canParse(url) && new URL(url).host === host
  })

function isNetwork(item: string): boolean {
  const [address = '', bits, ...rest] = item.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}

export const httpSettings: readonly Setting<never>[] = [
  origins,
  contractsSetting,
  trustedProxies,
  docsEnabled,
  gateHosts,
  gateCookieDomain,
  gatePreflight,
  gateAssertion,
] as never
