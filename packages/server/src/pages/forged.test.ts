// Forms that no page of ours sent, and what may be done with a page from elsewhere.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSallyport, type Sallyport } from '../testing/sallyport.js'
import { createVisitor, ours, type Visitor } from '../testing/visitor.js'

let sallyport: Sallyport
let visitor: Visitor
const password = 'a door behind the ivy'
const form = { 'content-type': 'application/x-www-form-urlencoded' }

beforeAll(async () => {
  sallyport = await openSallyport({ settings: { origins: 'https://app.example' } })
  visitor = createVisitor(sallyport)
  await visitor.look('/sign-up')
  await visitor.send('/sign-up', { identifier: 'ada@example.com', password })
})
afterAll(() => sallyport.close())

const name = async () => (await visitor.browser.get('/v1/me')).json.name
/** The profile form with this name, sent with these headers by the browser that is signed in. */
const rename = async (to: string, headers: Record<string, string>, change: Record<string, string> = {}) => {
  await visitor.look('/account')
  const { fields } = visitor.forms().find(({ action }) => action === '/account')!
  const body = new URLSearchParams({ ...fields, name: to, ...change }).toString()
  return visitor.browser.send('POST', '/account', body, { ...form, ...headers })
}

describe('a form counts', () => {
  it.each([
    ['the same origin by fetch metadata', { 'sec-fetch-site': 'same-origin' }],
    ['the address bar', { 'sec-fetch-site': 'none' }],
    ['our origin, from a browser without fetch metadata', { origin: 'http://localhost:4400' }],
    ['our origin although its browser hides it', { 'sec-fetch-site': 'same-origin', origin: 'null' }],
    ['a listed origin', { 'sec-fetch-site': 'cross-site', origin: 'https://app.example' }],
  ] as [string, Record<string, string>][])('from %s', async (what, headers) => {
    expect((await rename(what, headers)).status).toBe(303)
    expect(await name()).toBe(what)
  })
})

describe('a form is refused, and nothing is changed,', () => {
  it.each([
    ['from another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['from a sibling', { 'sec-fetch-site': 'same-site', origin: 'http://evil.localhost:4400' }],
    ['from an opaque origin', { origin: 'null' }],
    ['from an opaque origin on another site', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['from a look-alike', { origin: 'http://localhost:4400.evil.example' }],
    ['from another port', { origin: 'http://localhost:4401' }],
    ['without a word of where it comes from', {}],
    ['as JSON', { ...ours, 'content-type': 'application/json' }],
    ['as plain text', { ...ours, 'content-type': 'text/plain' }],
    ['as multipart', { ...ours, 'content-type': 'multipart/form-data; boundary=x' }],
    ['without a content type', { ...ours, 'content-type': '' }],
  ] as [string, Record<string, string>][])('%s', async (what, headers) => {
    const before = await name()
    const answer = await rename(what, headers)
    expect([403, 415]).toContain(answer.status)
    expect(answer.headers['content-type']).toMatch(/^text\/html/)
    expect(await name()).toBe(before)
  })

  it.each([
    ['without its token', { form: '' }],
    ['with a token of nobody’s', { form: 'AAAA' }],
    ['with a cut token', { form: 'x'.repeat(56) }],
  ])('%s, and shown again with what was typed', async (what, change) => {
    const before = await name()
    const answer = await rename(what, ours, change)
    expect(answer.status).toBe(400)
    expect(answer.text).toContain('This page had been open for long.')
    expect(answer.text).toContain(`value="${what}"`)
    expect(await name()).toBe(before)
  })

  it('with the token of another browser', async () => {
    const other = createVisitor(sallyport)
    await other.look('/sign-in')
    const { form: token } = other.forms()[0]!.fields
    expect((await rename('mallory', ours, { form: token! })).status).toBe(400)
  })

  it('after half a day, and accepted when it is sent again', async () => {
    const own = createVisitor(sallyport)
    await own.look('/sign-in')
    sallyport.clock.advance(12 * 3_600_000)
    const fields = { identifier: 'ada@example.com', password }
    const again = await own.send('/sign-in', fields)
    expect(again.status).toBe(400)
    expect(again.text).toContain('value="ada@example.com"')
    await own.send('/sign-in', fields)
    expect(own.at.path).toBe('/account')
  })

  it('from before a sign-in: what was shown to a stranger does not count for who came after', async () => {
    const own = createVisitor(sallyport)
    await own.look('/sign-in')
    const { form: before } = own.forms()[0]!.fields
    await own.send('/sign-in', { identifier: 'ada@example.com', password })
    await own.look('/account/sessions')
    const body = new URLSearchParams({ form: before! }).toString()
    const answer = await own.browser.send('POST', '/account/sessions', body, { ...ours, ...form })
    expect(answer.status).toBe(400)
  })

  it('from a browser that keeps no cookies, which is told so', async () => {
    const own = createVisitor(sallyport)
    await own.look('/sign-in')
    own.browser.cookies.clear()
    const { fields } = own.forms()[0]!
    const body = new URLSearchParams({ ...fields, identifier: 'ada@example.com', password }).toString()
    const headers = { ...ours, ...form, cookie: '' }
    const answer = await sallyport.browser().send('POST', '/sign-in', body, headers)
    expect(answer.status).toBe(400)
    expect(answer.text).toContain('Your browser sent no cookie of ours.')
    expect(answer.setCookies.some((line) => line.startsWith('sallyport_page'))).toBe(false)
  })

  it.each([
    ['a cookie twice', { cookie: 'sallyport_page=a; sallyport_page=b' }, 400],
    ['a body of 70 KiB', {}, 413],
  ] as [string, Record<string, string>, number][])('%s', async (what, headers, status) => {
    const body = what.startsWith('a body') ? `a=${'x'.repeat(70_000)}` : 'a=b'
    const answer = await sallyport.browser().send('POST', '/sign-in', body, { ...ours, ...form, ...headers })
    expect(answer.status).toBe(status)
  })
})

describe('signing in and out', () => {
  it('cannot be done to a visitor by another site', async () => {
    const stranger = createVisitor(sallyport)
    await stranger.look('/sign-in')
    const evil = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
    const signIn = await stranger.send('/sign-in', { identifier: 'ada@example.com', password }, evil)
    expect(signIn.status).toBe(403)
    expect(signIn.setCookies.filter((line) => !line.startsWith('sallyport_form'))).toEqual([])
    await visitor.look('/account')
    const { fields } = visitor.forms().find(({ action }) => action === '/sign-out')!
    const body = new URLSearchParams(fields).toString()
    expect((await visitor.browser.send('POST', '/sign-out', body, { ...form, ...evil })).status).toBe(403)
    expect((await visitor.look('/account')).status).toBe(200)
  })

  it('out needs a form: looking at its address does nothing', async () => {
    const answer = await visitor.browser.get('/sign-out', { accept: 'text/html' })
    expect(answer.status).toBe(405)
    expect(answer.headers.allow).toBe('POST, OPTIONS')
    expect((await visitor.look('/account')).status).toBe(200)
  })
})

describe('every page', () => {
  const paths = [
    '/sign-in',
    '/sign-up',
    '/signed-out',
    '/account',
    '/account/security',
    '/account/sessions',
    '/account/confirm',
    '/account/delete',
    '/setup',
    '/no-access',
    '/error/not_found',
    '/nothing-here',
    '/',
  ]
  it.each(paths)('%s loads from us alone, is framed by nobody and kept by nobody', async (path) => {
    const { headers, text } = await visitor.look(path)
    const policy = String(headers['content-security-policy'])
    expect(policy.split('; ').sort()).toEqual(
      [
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ].sort(),
    )
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'x-frame-options': 'DENY',
      'cross-origin-resource-policy': 'same-origin',
    })
    expect(text).not.toMatch(
      /\sstyle=|\son\w+=|<style|javascript:|(?:src|href)="(?:https?:)?\/\/(?!localhost)/i,
    )
  })

  it('is read by no other origin, not even a listed one', async () => {
    const { headers } = await visitor.look('/account', { origin: 'https://app.example' })
    expect(headers['access-control-allow-origin']).toBeUndefined()
  })

  it('is HTML for those who look, and a problem for those who call', async () => {
    const looked = await sallyport.browser().get('/nothing-here', { accept: 'text/html' })
    expect(looked.text).toContain('There is no such page')
    const calls: Record<string, string>[] = [
      {},
      { accept: '*/*' },
      { accept: 'text/html', 'sec-fetch-mode': 'cors' },
    ]
    for (const headers of calls) {
      const called = await sallyport.browser().get('/nothing-here', headers)
      expect(called.json).toMatchObject({ status: 404, code: 'not_found' })
    }
  })
})
