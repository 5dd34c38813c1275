// Where a request came from: the socket's address, or, where that is a trusted proxy's, the right-most hop of
// X-Forwarded-For that is not. Addresses are in one spelling (IPv4 never as mapped IPv6), because limits go by them.
import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'

export interface Proxies {
  trusts(address: string): boolean
}

/** Trusted proxies from addresses and CIDR ranges. Throws an Error that names what is neither. */
export function trustedProxies(listed: readonly string[]): Proxies {
  const ranges = new BlockList()
  for (const entry of listed) addRange(ranges, entry)
  return {
    trusts: (address) => {
      const version = isIP(address)
      return listed.length > 0 && version !== 0 && ranges.check(address, version === 4 ? 'ipv4' : 'ipv6')
    },
  }
}

function addRange(ranges: BlockList, entry: string): void {
  const [address = '', prefix, ...more] = entry.split('/')
  const version = isIP(address)
  const width = version === 4 ? 32 : 128
  const bits = prefix === undefined ? width : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1
  if (version === 0 || more.length > 0 || bits < 0 || bits > width)
    throw new Error(`trusted_proxies: "${entry}" is neither an address nor a range such as 10.0.0.0/8`)
  ranges.addSubnet(address, bits, version === 4 ? 'ipv4' : 'ipv6')
}

/** The client's address, for limits and logs; the peer's own where a forwarded one cannot be read. */
export function clientAddress(request: IncomingMessage, proxies: Proxies): string {
  let address = plain(request.socket.remoteAddress ?? '')
  const forwarded = request.headers['x-forwarded-for']
  if (forwarded === undefined || !proxies.trusts(address)) return address
  const hops = (typeof forwarded === 'string' ? forwarded : forwarded.join(',')).split(',')
  for (let index = hops.length - 1; index >= 0; index--) {
    const hop = plain((hops[index] as string).trim())
    if (isIP(hop) === 0) break
    address = hop
    if (!proxies.trusts(hop)) break
  }
  return address
}

/** Without brackets, port, zone or IPv4-in-IPv6 spelling. */
export function plain(address: string): string {
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice(7)
  if (address.startsWith('[')) return address.slice(1, address.indexOf(']'))
  const withPort = address.includes('.') ? /^([\d.]+):\d+$/.exec(address) : null
  if (withPort) return withPort[1] as string
  const zone = address.indexOf('%')
  return zone === -1 ? address : address.slice(0, zone)
}
