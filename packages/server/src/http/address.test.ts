import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { clientAddress, trustedProxies } from './address.js'

const from = (remoteAddress: string, forwarded?: string) =>
  ({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } }) as unknown as IncomingMessage

describe('the client address', () => {
  const proxies = trustedProxies(['10.0.0.0/8', '192.0.2.7', 'fd00::/8'])

  it.each([
    ['a stranger’s word is not taken', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['a proxy’s word is taken', '10.1.2.3', '198.51.100.1', '198.51.100.1'],
    [
      'the right-most hop that is no proxy counts',
      '10.1.2.3',
      '6.6.6.6, 198.51.100.1, 10.9.9.9',
      '198.51.100.1',
    ],
    ['a chain of proxies alone ends at the first', '10.1.2.3', '10.0.0.5, 10.0.0.6', '10.0.0.5'],
    ['garbage ends the chain at the hop that sent it', '10.1.2.3', '198.51.100.1, nonsense', '10.1.2.3'],
    ['a port is no part of it', '10.1.2.3', '198.51.100.1:4711', '198.51.100.1'],
    ['brackets are no part of it', 'fd00::1', '[2001:db8::5]:4711', '2001:db8::5'],
    ['IPv4 in IPv6 is IPv4', '::ffff:10.1.2.3', '::ffff:198.51.100.1', '198.51.100.1'],
    ['an empty header says nothing', '192.0.2.7', '', '192.0.2.7'],
  ])('%s', (_name, peer, forwarded, expected) => {
    expect(clientAddress(from(peer, forwarded), proxies)).toBe(expected)
  })

  it('trusts nobody where nobody is listed', () => {
    expect(clientAddress(from('127.0.0.1', '1.2.3.4'), trustedProxies([]))).toBe('127.0.0.1')
  })

  it('names an entry that is no address', () => {
    for (const entry of ['proxy.local', '10.0.0.0/33', '10.0.0.0/8/8', '::/129', ''])
      expect(() => trustedProxies([entry])).toThrow(`"${entry}"`)
  })
})
