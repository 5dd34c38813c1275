import { describe, expect, it } from 'vitest'
import { mayAct, trustedOrigins } from './origin.js'

const trusted = trustedOrigins('https://id.example/auth', ['https://app.example'])

describe('the origin rule', () => {
  const rows: [origin: string | undefined, site: string | undefined, allowed: boolean | 'silence'][] = [
    [undefined, undefined, 'silence'],
    [undefined, 'same-origin', true],
    [undefined, 'none', true],
    [undefined, 'same-site', false],
    [undefined, 'cross-site', false],
    [undefined, 'nonsense', false],
    ['https://id.example', undefined, true],
    ['https://id.example', 'cross-site', true],
    ['https://app.example', undefined, true],
    ['https://app.example', 'cross-site', true],
    ['https://app.example', 'same-site', true],
    ['https://evil.example', undefined, false],
    ['https://evil.example', 'cross-site', false],
    ['https://sibling.id.example', 'same-site', false],
    ['https://other.example', 'same-origin', true],
    ['https://id.example.evil', undefined, false],
    ['https://id.example:8443', undefined, false],
    ['http://id.example', undefined, false],
    ['https://ID.example', undefined, false],
    ['https://app.example, https://evil.example', undefined, false],
    ['null', undefined, false],
    ['null', 'same-origin', false],
    ['null', 'none', false],
    ['', undefined, false],
  ]
  it.each(rows)('Origin %s with Sec-Fetch-Site %s: %s', (origin, site, allowed) => {
    const headers = { origin, 'sec-fetch-site': site }
    expect(mayAct(headers, trusted, true)).toBe(allowed !== false)
    expect(mayAct(headers, trusted, false)).toBe(allowed === true)
  })
})
