import { isIP } from 'node:net'
import { boolean, list, type Setting } from '../util/setting.js'
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
] as never
