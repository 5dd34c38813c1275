import { type ErrorCode, errors, operations } from '@sallyport/protocol'
import { afterAll, describe, expect, it } from 'vitest'
import { createWire } from '../testing/door.js'

const { app } = createWire({ metrics: async () => 'up 1\n' })
const bare = createWire({ docs: false }).app
afterAll(() => Promise.all([app.close(), bare.close()]))

const html = { accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' }
const policy =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

describe('GET /docs', () => {
  it('shows every operation that is served, with its place, members, caller and failures', async () => {
    const page = (await app.inject('/docs')).body
    for (const { summary, caller, scope, foreign } of operations) {
      if (caller === 'operator' || foreign) continue
      const [start] = summary.split(/[`'"<&]/)
      expect(page).toContain(start)
      if (scope) expect(page).toContain(`<code>${scope}</code>`)
    }
    expect(page).toContain('<a class="address" href="#native_POST__v1_login">/<wbr>v1/<wbr>login</a>')
    expect(page).toMatch(/<code>identifier<\/code> <span class="type">text<\/span><\/dt>/)
    expect(page).toContain('<code>user.created_at</code> <span class="type">text (date-time)</span>')
    expect(page).toContain('<code>items[].user_agent</code>')
    expect(page).toContain('<a href="docs/errors/invalid_credentials">invalid_credentials</a>')
    expect(page).toContain('or the cookie <code>__Host-sallyport_access</code>')
  })

  it('leads nowhere that does not exist', async () => {
    const page = (await app.inject('/docs')).body
    const links = [...new Set([...page.matchAll(/href="([^"]+)"/g)].map(([, link]) => link as string))]
    expect(links.length).toBeGreaterThan(50)
    for (const link of links)
      if (link.startsWith('#')) expect(page).toContain(`id="${link.slice(1)}"`)
      else expect((await app.inject(`/${link}`)).statusCode, link).toBe(200)
  })

  it('loads its style from here and nothing else, and runs nothing', async () => {
    const { headers, body } = await app.inject('/docs')
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(headers['content-security-policy']).toBe(policy)
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(body).not.toMatch(/<script|<style|style=|<img|javascript:|\son\w+=/i)
    const style = await app.inject('/docs/docs.css')
    expect(style.headers['content-type']).toBe('text/css; charset=utf-8')
    expect(style.headers['content-security-policy']).toBe("default-src 'none'; frame-ancestors 'none'")
    expect(style.body).not.toMatch(/url\(|@import/)
  })

  it('shows what a contract says as text, whatever it says', async () => {
    const evil = '</code><script>alert(1)</script>"\'&'
    const login = operations.find(({ name }) => name === 'login')!
    const operation = { ...login, summary: `Signs in. ${evil}` }
    const wire = createWire({ operations: new Map([['login', operation]]), issuer: 'https://id.example' })
    const { body } = await wire.app.inject('/docs')
    expect(body).not.toContain('<script')
    expect(body).toContain('&lt;/code&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;')
    await wire.app.close()
  })

  it('and the description are switched off together; pages of errors stay', async () => {
    for (const path of ['/docs', '/openapi.json']) expect((await bare.inject(path)).statusCode).toBe(404)
    expect((await bare.inject('/docs/errors/conflict')).statusCode).toBe(200)
    expect((await bare.inject({ url: '/docs/errors/conflict', headers: html })).statusCode).toBe(200)
    expect((await bare.inject('/docs/docs.css')).statusCode).toBe(200)
  })
})

describe('the page of an error', () => {
  it.each(Object.keys(errors) as ErrorCode[])('%s says what happened and what helps', async (code) => {
    const text = await app.inject(`/docs/errors/${code}`)
    expect(text.headers['content-type']).toBe('text/plain; charset=utf-8')
    expect(text.body).toBe(
      `${code} (${errors[code].status})\n\n${errors[code].title}\n\n${errors[code].remedy}\n`,
    )
    const page = await app.inject({ url: `/docs/errors/${code}`, headers: html })
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.headers['content-security-policy']).toBe(policy)
    expect(page.body).toContain(`<h1><code>${code}</code> <span>status ${errors[code].status}</span></h1>`)
    expect([page.headers.vary].flat()).toContain('accept')
  })

  it('is text for whoever does not ask for HTML', async () => {
    for (const accept of ['*/*', 'application/json', 'text/html;q=0', 'text/plain'])
      expect(
        (await app.inject({ url: '/docs/errors', headers: { accept } })).headers['content-type'],
        accept,
      ).toBe('text/plain; charset=utf-8')
    const list = (await app.inject('/docs/errors')).body
    for (const code of Object.keys(errors)) expect(list).toContain(code)
    const page = await app.inject({ url: '/docs/errors', headers: html })
    for (const code of Object.keys(errors)) expect(page.body).toContain(`<a href="errors/${code}">`)
  })

  it('that is none is not found, in any spelling', async () => {
    for (const code of ['nonsense', 'constructor', '__proto__', '%3Cscript%3E'])
      expect((await app.inject({ url: `/docs/errors/${code}`, headers: html })).statusCode).toBe(404)
  })
})

it('the figures are on the main port only where they are handed in', async () => {
  const answer = await app.inject('/metrics')
  expect([answer.statusCode, answer.body, answer.headers['cache-control']]).toEqual([
    200,
    'up 1\n',
    'no-store',
  ])
  expect((await bare.inject('/metrics')).statusCode).toBe(404)
})
