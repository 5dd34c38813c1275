// The gate as gateways ask it, without one in between: nginx and Caddy as gateways.test.ts saw them ask, Traefik and
// Envoy as their documentation says they do, since neither is installed where tests run.
import { gateways, identityHeaders } from '@sallyport/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { sessions } from '../domain/tables.js'
import { StoreUnavailable } from '../store/store.js'
import { operate } from '../testing/administrator.js'
import { type Options, openSallyport, type Sallyport } from '../testing/sallyport.js'
import { createVisitor, ours } from '../testing/visitor.js'
import { askingOf, bearer, type Headers, looks, navigates } from './asking.js'

let sallyport: Sallyport
const ask = askingOf(() => sallyport)
afterEach(() => sallyport?.close())

const password = 'a door behind the ivy'
const open = async (options: Options = {}) => {
  const settings = { 'trusted-proxies': '127.0.0.1', 'gate.hosts': 'localhost:8080', ...options.settings }
  sallyport = await openSallyport({ ...options, settings })
}
const all = gateways.map(({ name }) => name)
const lastWarning = () =>
  sallyport.logged
    .map((line) => JSON.parse(line))
    .filter(({ level }) => level === 40 || level === 'warn')
    .at(-1)

describe.each(all)('as %s asks', (name) => {
  it('an answer that lets somebody pass has every header, the empty ones too', async () => {
    await open()
    const user = await sallyport.signUp()
    const { status, headers, text } = await ask(name, bearer(user))
    expect([status, text]).toEqual([200, ''])
    for (const header of Object.keys(identityHeaders.remote!))
      expect(headers).toHaveProperty(header.toLowerCase())
    expect(headers).toMatchObject({
      'remote-user': user.user.id,
      'remote-name': '',
      'remote-groups': '',
      'x-session-id': user.session_id,
      'cache-control': 'no-store',
    })
    expect(headers.vary).toContain('cookie, authorization')
    expect((await ask(name, bearer(user), { method: 'HEAD' })).status).toBe(200)
    expect((await ask(name, { ...bearer(user), upgrade: 'h2c' })).status).toBe(403)
  })

  it('a browser is led to sign in and comes back, a script is told no', async () => {
    await open()
    const told = await ask(name, navigates)
    const isNginx = name === 'nginx'
    expect(told.status).toBe(isNginx ? 401 : 302)
    const to = new URL(told.headers[isNginx ? 'sallyport-location' : 'location']!)
    expect(to.pathname).toBe('/sign-in')
    await sallyport.signUp({ email: 'ada@example.com', password })
    const visitor = createVisitor(sallyport)
    await visitor.look(to.pathname + to.search)
    await visitor.send('/sign-in', { identifier: 'ada@example.com', password })
    expect(visitor.at.answer.headers.location).toBe('http://localhost:8080/where?a=1&b=2')
    for (const headers of [
      {},
      { accept: '*/*' },
      { ...navigates, 'sec-fetch-mode': 'cors' },
      { ...navigates, upgrade: 'websocket' },
    ]) {
      const refused = await ask(name, headers as Headers)
      expect(refused.status).toBe(401)
      expect(refused.headers['content-type']).toBe('application/problem+json')
      expect(refused.headers.location ?? refused.headers['sallyport-location']).toBeUndefined()
      expect(refused.headers['www-authenticate'] ?? '').not.toContain('Basic')
    }
  })

  it('nothing counts that an unlisted peer says, and the log names the header', async () => {
    await open()
    const user = await sallyport.signUp()
    const told = await ask(name, bearer(user), { from: '192.0.2.7' })
    expect(told.status).toBe(403)
    expect(told.headers).not.toHaveProperty('remote-user')
    expect(lastWarning()).toMatchObject({ gateway: name, peer: '192.0.2.7' })
    expect(lastWarning().msg).toContain('trusted_proxies does not list 192.0.2.7')
  })

  it('what a gateway does not say lets nobody pass, and the log names the header', async () => {
    await open()
    const user = await sallyport.signUp()
    for (const header of Object.keys(looks[name]!.headers).filter((one) => one !== 'host'))
      for (const value of ['', 'x y', '//', 'ftp://x/', 'a,b', '김']) {
        const told = await ask(name, { ...bearer(user), [header]: Buffer.from(value).toString('latin1') })
        expect([header, value, told.status]).toEqual([header, value, 403])
        expect(told.headers).not.toHaveProperty('remote-user')
        expect(lastWarning().msg).toMatch(/^the gate: the (header|method|path)/)
      }
  })

  it('what is revoked passes no more, whatever it is', async () => {
    await open()
    const user = await sallyport.signUp({ email: 'ada@example.com', password })
    const visitor = createVisitor(sallyport)
    await visitor.look('/sign-in')
    await visitor.send('/sign-in', { identifier: 'ada@example.com', password })
    const cookie = { cookie: `sallyport_page=${visitor.browser.cookies.get('sallyport_page')}` }
    for (const credential of [bearer(user), cookie]) expect((await ask(name, credential)).status).toBe(200)
    await operate(sallyport, 'users.disable', { id: user.user.id })
    for (const credential of [bearer(user), cookie]) expect((await ask(name, credential)).status).toBe(401)
  })
})

describe('rules of the operator', () => {
  const passes = async (query: string, who: { access_token: string }) =>
    (await ask('nginx', bearer(who), { query })).status

  it('ask for roles, a second factor, and how long ago somebody signed in', async () => {
    await open()
    const user = await sallyport.signUp()
    expect(await passes('?role=ops', user)).toBe(403)
    await operate(sallyport, 'users.update', { id: user.user.id, add_roles: ['ops', 'blue'] })
    expect(await passes('?role=ops', user)).toBe(200)
    expect(await passes('?role=dev,ops', user)).toBe(200)
    expect(await passes('?role=dev&role=ops', user)).toBe(403)
    expect(await passes('?role=blue&role=ops', user)).toBe(200)
    expect(await passes('?mfa=1', user)).toBe(403)
    await sallyport.server.context.store.update(
      sessions,
      { id: user.session_id },
      { amr: ['pwd', 'otp', 'mfa'] },
    )
    const { access_token } = (await sallyport.browser().post('/v1/refresh', user)).json
    expect(await passes('?mfa=1', { access_token })).toBe(200)
    expect(await passes('?verified=1', user)).toBe(403)
    const { code } = (await sallyport.mail(user.email))[0]!.facts as { code: string }
    const proof = { email: user.email, code, password: user.password }
    expect((await sallyport.browser().post('/v1/email/verify', proof)).status).toBe(200)
    expect(await passes('?verified=1', user)).toBe(200)
    expect(await passes('?max_age=60', user)).toBe(200)
    sallyport.clock.advance(61_000)
    expect(await passes('?max_age=60', user)).toBe(403)
    expect(await passes('?max_age=2m&live=1', user)).toBe(200)
    await operate(sallyport, 'users.update', { id: user.user.id, remove_roles: ['ops'] })
    expect(await passes('?role=ops', user)).toBe(403)
  })

  it('that cannot be read let nobody pass, and the log says which', async () => {
    await open()
    const user = await sallyport.signUp()
    for (const query of [
      '?roles=ops',
      '?role=',
      '?role=a,',
      '?mfa=0',
      '?mfa=yes',
      '?max_age=soon',
      '?max_age=-1',
      '?max_age=1&max_age=2',
      '?live',
      '?contract=none',
      '?contract=native&contract=native',
      '?headers=none',
      '?headers=toString',
      '?__proto__=1',
      '?constructor=1',
    ]) {
      expect([query, await passes(query, user)]).toEqual([query, 403])
      expect(lastWarning().msg).toContain('the gate: ')
    }
  })

  it('stand in a header where the query is the visitor’s', async () => {
    await open()
    const user = await sallyport.signUp()
    expect((await ask('envoy', bearer(user), { url: '/gate/envoy/x?role=ops&nonsense=1' })).status).toBe(200)
    expect((await ask('envoy', { ...bearer(user), 'sallyport-rules': 'role=ops' })).status).toBe(403)
    expect((await ask('envoy', { ...bearer(user), 'sallyport-rules': 'nonsense=1' })).status).toBe(403)
  })

  it('name the headers otherwise', async () => {
    await open()
    const user = await sallyport.signUp()
    const query = '?headers=user'
    const unproven = await ask('nginx', bearer(await sallyport.signUp()), { query })
    expect(unproven.headers['x-user-email']).toBe('')
    await operate(sallyport, 'users.update', { id: user.user.id, email_verified: true })
    const { headers } = await ask('nginx', bearer(user), { query })
    const { id } = user.user
    expect(headers).toMatchObject({ 'x-user-id': id, 'x-user-email': user.email, 'x-user-roles': '' })
    expect(headers).not.toHaveProperty('remote-user')
    const others = await ask('nginx', bearer(user))
    expect(others.headers).toMatchObject({ 'remote-user': id, 'remote-email': user.email })
    expect(others.headers).not.toHaveProperty('x-user-id')
    expect((await ask('nginx', bearer(user), { query })).headers).toMatchObject({ 'x-user-id': id })
  })

  it('lead a browser to the page that says which account it is', async () => {
    await open()
    const user = await sallyport.signUp()
    const query = '?role=ops'
    const nginx = await ask('nginx', { ...bearer(user), ...navigates }, { query })
    expect([nginx.status, nginx.headers['sallyport-location']]).toEqual([
      403,
      'http://localhost:4400/no-access',
    ])
    const caddy = await ask('caddy', { ...bearer(user), ...navigates }, { query })
    expect([caddy.status, caddy.headers['content-type']]).toEqual([403, 'text/html; charset=utf-8'])
    expect(caddy.text).toContain('href="http://localhost:4400/no-access"')
    const script = await ask('caddy', bearer(user), { query })
    expect([script.status, script.headers['content-type']]).toEqual([403, 'application/problem+json'])
  })
})

describe('the way back', () => {
  const wayFrom = async (url: string, headers: Headers = {}) => {
    const told = await ask('nginx', { ...navigates, 'x-original-url': url, ...headers })
    expect(told.status).toBe(401)
    const rt = new URL(told.headers['sallyport-location']!).searchParams.get('rt')
    if (rt === null) return undefined
    const { headers: shown } = await createVisitor(sallyport).look(`/sign-in?rt=${rt}`)
    const policy = String(shown['content-security-policy'])
    return /form-action 'self' (\S+);/.exec(policy)?.[1]
  }

  it('leads to listed hosts alone, compared without case and on dots', async () => {
    const hosts = 'localhost:8080,app.example.com,*.apps.example.com,localhost'
    await open({
      settings: {
        'gate.hosts': hosts,
        issuer: 'http://auth.example.com',
        'gate.cookie_domain': 'example.com',
      },
    })
    const good = [
      'app.example.com',
      'APP.Example.COM',
      'app.example.com.',
      'app.example.com:80',
      'x.apps.example.com',
    ]
    for (const host of good)
      expect([host, await wayFrom(`https://${host}/`.replace('https', 'http'))]).not.toEqual([
        host,
        undefined,
      ])
    const bad = [
      'evilapp.example.com',
      'app.example.com.evil.net',
      'app.example.com:8443',
      'apps.example.com',
      'xapps.example.com',
      'example.com',
      '[::1]',
      '127.0.0.1',
      'localhost',
      'localhost:8080',
    ]
    for (const host of bad) expect([host, await wayFrom(`http://${host}/`)]).toEqual([host, undefined])
    expect(lastWarning().msg).toContain('the gate knows no way back')
  })

  it('after a form is where the form stood, if that was the same host', async () => {
    await open()
    const form = (referer?: string) =>
      ask('caddy', { ...navigates, 'x-forwarded-method': 'POST', ...(referer && { referer }) })
    const told = await form('http://localhost:8080/form')
    expect(told.status).toBe(303)
    for (const referer of [undefined, 'http://evil.example/', 'nonsense', 'http://localhost:8081/x'])
      expect((await form(referer)).status).toBe(303)
  })
})

describe('the cookie of the gate', () => {
  const settings = { issuer: 'http://auth.example.com', 'gate.cookie_domain': 'example.com' }
  const signIn = async () => {
    await sallyport.signUp({ email: 'ada@example.com', password })
    const browser = sallyport.browser()
    const body = { identifier: 'ada@example.com', password, transport: 'cookie' }
    const answer = await browser.post('/v1/login', body, { ...ours, origin: 'http://auth.example.com' })
    expect(answer.status).toBe(200)
    return { browser, answer }
  }
  const gateCookie = (lines: readonly string[]) =>
    lines.find((line) => /^(__Secure-)?sallyport_gate=/.test(line))

  it('is set beside that of the pages, for the domain, passes the gate, and goes with it', async () => {
    await open({ settings })
    const { browser, answer } = await signIn()
    const line = gateCookie(answer.setCookies)!
    expect(line).toMatch(
      /^sallyport_gate=[\w-]{43}; Path=\/; Domain=example\.com; HttpOnly; SameSite=Lax; Max-Age=\d+$/,
    )
    const cookie = line.split(';')[0]!
    expect((await ask('nginx', { cookie })).status).toBe(200)
    const out = await browser.post('/v1/logout', undefined, { ...ours, origin: 'http://auth.example.com' })
    expect(gateCookie(out.setCookies)).toMatch(/^sallyport_gate=; .*Domain=example\.com;.*Max-Age=0$/)
    expect((await ask('nginx', { cookie })).status).toBe(401)
  })

  it('passes no more, and nor does that of the pages, where every session was ended at once', async () => {
    await open({ settings })
    const { browser } = await signIn()
    const names = ['sallyport_gate', 'sallyport_page']
    for (const due of [200, 401]) {
      for (const name of names)
        expect((await ask('nginx', { cookie: `${name}=${browser.cookies.get(name)}` })).status).toBe(due)
      await operate(sallyport, 'secret.rewrap', { end_all_sessions: true })
    }
  })

  it('is no cookie of the pages, whoever gets to see it', async () => {
    await open({ settings })
    const { browser } = await signIn()
    const [gate, page] = ['sallyport_gate', 'sallyport_page'].map((name) => browser.cookies.get(name)!)
    expect(gate).not.toBe(page)
    const asPage = await sallyport
      .browser()
      .get('/account', { cookie: `sallyport_page=${gate}`, accept: 'text/html' })
    expect(asPage.headers.location).toContain('/sign-in')
    expect((await ask('nginx', { cookie: `sallyport_page=${gate}` })).status).toBe(401)
    // Nor the other way round, also where both are known from a moment ago.
    for (const good of [`sallyport_gate=${gate}`, `sallyport_page=${page}`])
      expect((await ask('nginx', { cookie: good })).status).toBe(200)
    for (const bad of [`sallyport_page=${gate}`, `sallyport_gate=${page}`])
      expect((await ask('nginx', { cookie: bad })).status).toBe(401)
    const turned = gate!.slice(0, 30) + (gate![30] === 'A' ? 'B' : 'A') + gate!.slice(31)
    expect((await ask('nginx', { cookie: `sallyport_gate=${turned}` })).status).toBe(401)
  })

  it('is given to a browser that signed in before there was one', async () => {
    await open({ settings })
    const { browser } = await signIn()
    const cookie = `sallyport_page=${browser.cookies.get('sallyport_page')}`
    const page = await sallyport.browser().get('/account', { cookie, accept: 'text/html' })
    expect(gateCookie(page.setCookies)).toContain(browser.cookies.get('sallyport_gate'))
  })

  it('has its prefix over https, and a domain that no browser would take stops the start', async () => {
    await open({ settings: { ...settings, issuer: 'https://auth.example.com' } })
    const body = { email: 'ada@example.com', password, transport: 'cookie' }
    const answer = await sallyport.browser().post('/v1/signup', body, { 'sec-fetch-site': 'same-origin' })
    expect(gateCookie(answer.setCookies)).toMatch(/^__Secure-sallyport_gate=.*; Secure;/)
    await expect(
      openSallyport({ settings: { 'gate.cookie_domain': 'example.org', issuer: 'https://example.com' } }),
    ).rejects.toThrow('gate.cookie_domain is example.org')
    await expect(
      openSallyport({ settings: { 'gate.cookie_domain': 'ample.com', issuer: 'https://example.com' } }),
    ).rejects.toThrow('no part of it')
  })
})

describe('what the gate stands on', () => {
  it('is looked up once, and again where somebody has changed', async () => {
    await open()
    const user = await sallyport.signUp()
    await ask('nginx', bearer(user))
    const { store } = sallyport.server.context
    const get = store.get
    let reads = 0
    const counted = (...args: Parameters<typeof get>) => {
      reads += 1
      return get(...args)
    }
    Object.assign(store, { get: counted })
    for (let count = 0; count < 5; count++) expect((await ask('nginx', bearer(user))).status).toBe(200)
    expect(reads).toBe(0)
    await operate(sallyport, 'users.update', { id: user.user.id, add_roles: ['ops'] })
    reads = 0
    expect((await ask('nginx', bearer(user))).headers['remote-groups']).toBe('ops')
    expect(reads).toBe(1)
  })

  it('lets nobody pass where it cannot be asked', async () => {
    await open()
    const known = await sallyport.signUp()
    const unknown = await sallyport.signUp()
    expect((await ask('nginx', bearer(known))).status).toBe(200)
    const broken = () => Promise.reject(new StoreUnavailable('away'))
    Object.assign(sallyport.server.context.store, { get: broken, list: broken })
    expect((await ask('nginx', bearer(unknown))).status).toBe(503)
    expect((await ask('caddy', { cookie: `sallyport_page=${'A'.repeat(43)}` })).status).toBe(401)
    sallyport.clock.advance(6000)
    const told = await ask('nginx', { ...bearer(known), ...navigates })
    expect([told.status, told.headers['remote-user']]).toEqual([503, undefined])
    Object.assign(sallyport.server.context.store, { list: () => Promise.reject(new TypeError('a bug')) })
    expect((await ask('nginx', bearer(known))).status).toBe(503)
  })

  it('takes no cookie twice, and the word of Authorization over that of a cookie', async () => {
    await open()
    const user = await sallyport.signUp()
    const twice = `sallyport_page=${'A'.repeat(43)}; sallyport_page=${'A'.repeat(43)}`
    expect((await ask('nginx', { cookie: twice })).status).toBe(403)
    const cookie = { cookie: `sallyport_access=${user.access_token}` }
    expect((await ask('nginx', cookie)).status).toBe(200)
    expect((await ask('nginx', { ...cookie, authorization: 'Bearer nonsense' })).status).toBe(401)
    expect((await ask('nginx', { ...cookie, authorization: 'Basic YTpi' })).status).toBe(200)
  })

  it('lets a question of CORS pass where it is to, with nobody’s name', async () => {
    const asks = {
      'x-original-method': 'OPTIONS',
      origin: 'https://x.example',
      'access-control-request-method': 'PUT',
    }
    await open()
    expect((await ask('nginx', asks)).status).toBe(401)
    await sallyport.close()
    await open({ settings: { 'gate.preflight': 'pass' } })
    const told = await ask('nginx', asks)
    expect([told.status, told.headers['remote-user'], told.headers['x-session-id']]).toEqual([200, '', ''])
    expect((await ask('nginx', { ...asks, 'x-original-method': 'PUT' })).status).toBe(401)
    expect((await ask('nginx', { 'x-original-method': 'OPTIONS' })).status).toBe(401)
    expect((await ask('envoy', asks, { method: 'OPTIONS' })).status).toBe(200)
  })

  it('takes every method and the longest path behind Envoy’s', async () => {
    await open()
    const user = await sallyport.signUp()
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'TRACE', 'LOCK'])
      expect((await ask('envoy', bearer(user), { method })).status).toBe(200)
    expect((await ask('envoy', bearer(user), { url: `/gate/envoy/${'a'.repeat(3000)}` })).status).toBe(200)
    for (const url of ['/gate/envoy', '/gate/envoy?x', '/gate/envoy//x', '/gate/envoy/x%2fy'])
      expect([url, (await ask('envoy', bearer(user), { url })).status]).toEqual([url, 403])
    for (const url of ['/gate/envoyx', '/gate/nginx/x', '/gate/none', '/gate/'])
      expect([url, (await ask('envoy', bearer(user), { url })).status]).toEqual([url, 404])
  })
})
