import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { setUp } from '../testing/administrator.js'
import type { Browser } from '../testing/browser.js'
import { openSallyport, type Sallyport, withDatabaseFile } from '../testing/sallyport.js'
import { errorFacts, logOptions } from './log.js'

/** What an entry becomes on its way out. */
function written(facts: Record<string, unknown>): string {
  const lines: string[] = []
  pino(logOptions('trace'), { write: (line) => void lines.push(line) }).info(facts, 'said')
  expect(lines).toHaveLength(1)
  return lines[0]!
}

describe('an entry', () => {
  it('has its secrets blotted out, by the name they go by', () => {
    const names = ['password', 'access_token', 'refresh_token', 'authorization', 'cookie', 'body', 'headers']
    const line = written(Object.fromEntries(names.map((name) => [name, { inside: 'canary' }])))
    expect(line).not.toContain('canary')
    for (const name of names) expect(JSON.parse(line)[name]).toBe('[hidden]')
  })

  it('is one line of JSON, whatever is in it', () => {
    const line = written({ userAgent: 'a\nb\r\n{"level":"fatal"}\u0000\u001b[2J' })
    for (const raw of ['\n', '\r', '\u0000', '\u001b']) expect(line.trimEnd().includes(raw)).toBe(false)
    expect(JSON.parse(line).level).toBe('info')
  })

  it('of an error keeps kind, words, stack and causes, and nothing that a library hung on it', () => {
    const deep = Object.assign(new TypeError('below'), { code: 'EBELOW', parameters: ['canary'] })
    const error = Object.assign(new Error('above', { cause: deep }), {
      request: { body: { password: 'canary' } },
      config: 'canary',
    })
    const line = written({ err: error })
    expect(line).not.toContain('canary')
    expect(JSON.parse(line).err).toMatchObject({
      type: 'Error',
      message: 'above',
      stack: expect.stringContaining('log.test'),
      cause: { type: 'TypeError', message: 'below', code: 'EBELOW' },
    })
  })

  it('of an error that is its own cause comes to an end', () => {
    const error = new Error('round')
    error.cause = error
    expect(JSON.stringify(errorFacts(error)).match(/round/g)?.length).toBeLessThan(20)
  })
})

const secrets = {
  password: 'canary-password-1',
  next: 'canary-password-2',
  wrong: 'canary-password-3',
  query: 'canary-query',
  header: 'canary-header',
  cookie: 'canary-cookie',
  body: 'canary-body',
  agent: 'canary-agent',
}

/** Every way to hand a secret in, right and wrong; answers what the server handed out. */
async function journey(sallyport: Sallyport): Promise<string[]> {
  const given: string[] = []
  const agent = `${secrets.agent}\nX-Evil: 1\r\n{"level":"fatal"}`
  const headers = { 'user-agent': agent, 'x-secret': secrets.header }
  const keep = (json: Record<string, unknown> | undefined) => {
    for (const [name, value] of Object.entries(json ?? {})) if (/token$/.test(name)) given.push(String(value))
    return json as Record<string, string>
  }
  const anyone = sallyport.browser()
  const account = { email: 'ada@example.com', password: secrets.password }
  keep((await anyone.post(`/v1/signup?token=${secrets.query}`, account, headers)).json)
  const login = { identifier: account.email, password: secrets.password }
  const tokens = keep((await anyone.post(`/v1/login?password=${secrets.query}`, login, headers)).json)
  await anyone.post('/v1/login', { ...login, password: secrets.wrong, ...tokens }, headers)
  await anyone.post(
    '/v1/login',
    { ...login, transport: 'cookie' },
    { ...headers, cookie: `a=${secrets.cookie}` },
  )
  given.push(...anyone.cookies.values())
  await malformed(sallyport.browser(), headers)
  const me = sallyport.as(tokens as { access_token: string })
  await me.get(`/v1/me?access_token=${secrets.query}`, headers)
  await me.send('PATCH', '/v1/me', { name: 5, picture: secrets.body, metadata: { note: secrets.body } })
  keep((await me.post('/v1/me/confirm', { password: secrets.password })).json)
  await me.post('/v1/me/password', { current_password: secrets.wrong, new_password: secrets.next })
  await me.post('/v1/me/password', { current_password: secrets.password, new_password: secrets.next })
  const refreshed = keep((await anyone.post('/v1/refresh', tokens)).json)
  sallyport.clock.advance(20_000)
  await anyone.post('/v1/refresh', tokens)
  await anyone.post('/v1/introspect', `token=${refreshed.access_token}`, {
    'content-type': 'application/x-www-form-urlencoded',
    authorization: `Bearer vk_${secrets.header}`,
  })
  await anyone.post('/v1/logout', { refresh_token: refreshed.refresh_token }, headers)
  return [...given, ...(await administer(sallyport))]
}

async function administer(sallyport: Sallyport): Promise<string[]> {
  const root = await setUp(sallyport)
  const made = await root.browser.post('/v1/admin/api-keys', { name: 'bot', scopes: ['users:read'] })
  await root.browser.get(`/v1/admin/users?search=${secrets.query}`)
  return [root.access_token, root.refresh_token, root.password, made.json.api_key]
}

async function malformed(browser: Browser, headers: Record<string, string>): Promise<void> {
  await browser.post('/v1/login', `{"password":"${secrets.body}",`, headers)
  await browser.post('/v1/login', `${secrets.body}`, headers)
  await browser.post('/v1/login', { identifier: 7, password: [secrets.body] }, headers)
  await browser.post('/v1/login', secrets.body, { ...headers, 'content-type': `text/${secrets.header}` })
  await browser.post('/v1/refresh', { refresh_token: secrets.body }, headers)
  await browser.post('/v1/refresh', { refresh_token: secrets.body, attempt_id: secrets.body }, headers)
  await browser.get('/v1/me', { ...headers, authorization: `Bearer ${secrets.header}` })
  await browser.get('/v1/me', { ...headers, cookie: `sallyport_access=${secrets.cookie}` })
  await browser.get(`/nowhere?code=${secrets.query}#${secrets.query}`, headers)
  await browser.send('PUT', `/v1/login?code=${secrets.query}`, { password: secrets.body }, headers)
}

describe('the log of a whole journey', () => {
  it('holds no secret, no query and no header, and each entry is one line', async () => {
    const sallyport = await openSallyport()
    const given = await journey(sallyport)
    await sallyport.close()
    const { logged } = sallyport
    const requests = logged.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request')
    expect(requests.length).toBeGreaterThan(25)
    expect(logged.filter((line) => line.includes('"event"')).length).toBeGreaterThan(10)
    expect(new Set(given).size).toBeGreaterThan(12)
    const text = logged.join('\n')
    for (const canary of [...Object.values(secrets), ...given, '?', 'X-Evil'])
      expect(text.includes(canary), canary).toBe(false)
    for (const line of logged) expect(line).not.toMatch(/[\n\r]/)
    for (const { path } of requests) expect(path).toMatch(/^\/[^?#]*$/)
  })

  it('holds none of what was being written when the store broke, and why it broke', async () => {
    await withDatabaseFile(async (settings) => {
      const sallyport = await openSallyport({ settings })
      const user = await sallyport.signUp()
      await sallyport.server.engine.close()
      const account = { email: 'eve@example.com', password: secrets.password, name: secrets.body }
      const refused = await sallyport.browser().post('/v1/signup', account)
      expect(refused.status).toBe(503)
      await sallyport.as(user).send('PATCH', '/v1/me', { name: secrets.body })
      const text = sallyport.logged.join('\n')
      expect(text).toContain('the store is unavailable')
      for (const canary of [...Object.values(secrets), user.access_token, user.refresh_token])
        expect(text.includes(canary), canary).toBe(false)
    })
  })

  it('names the trace that a request belongs to, and none that is made up', async () => {
    const sallyport = await openSallyport()
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
    const browser = sallyport.browser()
    await browser.get('/healthz', { traceparent: `00-${traceId}-00f067aa0ba902b7-01` })
    await browser.get('/readyz', { traceparent: `00-${traceId}"evil-00f067aa0ba902b7-01` })
    const entries = sallyport.logged.map((line) => JSON.parse(line))
    expect(entries.find(({ path }) => path === '/healthz').traceId).toBe(traceId)
    expect(entries.find(({ path }) => path === '/readyz')).not.toHaveProperty('traceId')
    await sallyport.close()
  })
})
