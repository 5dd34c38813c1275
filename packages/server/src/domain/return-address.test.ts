import { describe, expect, it } from 'vitest'
import { admitReturn } from './return-address.js'

const issuer = 'https://id.example'
const trusted = new Set(['https://app.example', 'https://app.example:8443', 'http://localhost:3000'])
const admit = (address: string) => admitReturn(address, issuer, trusted)

describe('a flow may lead', () => {
  it.each([
    ['/account', '/account'],
    ['/account?a=1&b=%2F#top', '/account?a=1&b=%2F#top'],
    ['/', '/'],
    ['https://id.example/account', '/account'],
    ['https://app.example/notes?x=1', 'https://app.example/notes?x=1'],
    ['HTTPS://APP.example/', 'https://app.example/'],
    ['https://app.example:443/', 'https://app.example/'],
    ['https://app.example:8443/deep/link', 'https://app.example:8443/deep/link'],
    ['http://localhost:3000', 'http://localhost:3000/'],
    ['https://app.example/?next=https://evil.example', 'https://app.example/?next=https://evil.example'],
    ['/a/../b', '/b'],
  ])('to %s', (address, gone) => {
    expect(admit(address)).toBe(gone)
  })
})

const hostile = [
  '',
  'account',
  './account',
  '//evil.example',
  '///evil.example',
  '////evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '\\/evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '/\r\n/evil.example',
  '/.//evil.example',
  '/..//evil.example',
  '/x/..//evil.example',
  '/%5c/evil.example\\',
  ' //evil.example',
  '/ /evil.example',
  '\u0000/account',
  '/account\u0000',
  '/\u00a0/evil.example',
  '\ufeff//evil.example',
  '/\u2028/evil',
  'https:evil.example',
  'https:/evil.example',
  'https:///evil.example',
  'https:\\\\evil.example',
  'http:evil.example',
  'HTTPS:evil.example',
  'https://evil.example',
  'https://evil.example/https://app.example',
  'https://app.example.evil.example',
  'https://app.example@evil.example',
  'https://app.example:pass@evil.example',
  'https://user@app.example/',
  'https://user:pass@app.example/',
  'https://app.example%2eevil.example',
  'https://app.example%00.evil.example',
  'https://evil.example#app.example',
  'https://evil.example?app.example',
  'https://evil.example\\app.example',
  'https://evil.example/.app.example',
  'https://evilapp.example',
  'https://app.exampl',
  'https://app.example.',
  'https://app。example',
  'https://sub.app.example',
  'https://app.example:444',
  'http://app.example',
  'http://id.example',
  'http://localhost:3001',
  'http://localhost',
  'http://127.0.0.1:3000',
  'http://[::1]:3000',
  'ftp://app.example',
  'ws://app.example',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'JavaScript:alert(1)',
  'java\tscript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:msgbox(1)',
  'blob:https://app.example/1',
  'about:blank',
  'mailto:a@app.example',
  'myapp://callback.evil',
  'intent://evil.example#Intent;scheme=https;end',
  'view-source:https://app.example',
  'filesystem:https://app.example/x',
  'https://app.example/%0d%0aset-cookie:x=y\r\n',
  'https://\u202eapp.example',
  `https://app.example/${'a'.repeat(2048)}`,
]

describe('a flow never leads', () => {
  it(`to any of ${hostile.length} other addresses`, () => {
    expect(hostile.length).toBeGreaterThanOrEqual(60)
    // The full-width full stop is the same host to a browser, so it may be gone to as what it is.
    const gone = hostile.map((address) => [address, admit(address)]).filter(([, to]) => to !== undefined)
    expect(gone).toEqual([['https://app。example', 'https://app.example/']])
  })

  it('to anything that a browser would read as another origin than the one that was judged', () => {
    for (const address of hostile) {
      const to = admit(address)
      if (to === undefined) continue
      const { origin } = new URL(to, issuer)
      expect([issuer, ...trusted]).toContain(origin)
    }
  })
})
