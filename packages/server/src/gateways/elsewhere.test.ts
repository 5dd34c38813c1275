// Signing in on a host of another domain, which sees no cookie of ours: through real gateways, with what an attacker would
// try on the way.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { gateCodes } from '../domain/codes-table.js'
import { StoreUnavailable } from '../store/store.js'
import { openSallyport, type Sallyport, type SignedUp } from '../testing/sallyport.js'
import { createVisitor, type Visitor } from '../testing/visitor.js'
import { type Kind, obstacleOf, openStage, type Stage, type Told } from './stage.js'

const issuer = 'http://auth.localhost'
const navigates = ['Sec-Fetch-Mode: navigate', 'Accept: text/html']
const password = 'a door behind the ivy'
const pathOf = (address: string | undefined) => {
  const { pathname, search } = new URL(address!)
  return pathname + search
}
const pairOf = (lines: readonly string[], name: string) =>
  lines.find((line) => line.startsWith(`${name}=`))!.split(';')[0]!

describe.each<Kind>(['nginx', 'caddy'])('behind %s', (kind) => {
  const obstacle = obstacleOf(kind)
  // skipped: where the gateway is not installed; stage.ts says so aloud, and fails instead where CI is set
  describe.skipIf(obstacle)('a host of another domain', () => {
    let stage: Stage
    let ada: SignedUp
    beforeAll(async () => {
      stage = await openStage(kind, { settings: { issuer } })
      ada = await stage.sallyport.signUp({ email: 'ada@example.com', password })
    })
    beforeEach(() => {
      stage.reached.length = 0
    })
    afterAll(() => stage?.close())

    /** From the application to the sign-in page: where it stands, and the cookie that was left on the way. */
    async function begin(path: string): Promise<{ page: string; start: string }> {
      const asked = await stage.ask(path, navigates)
      expect(asked.headers.location).toMatch(
        new RegExp(`^http://${stage.host}/\\.sallyport/start\\?rt=[\\w-]+$`),
      )
      const started = await stage.ask(pathOf(asked.headers.location), navigates)
      expect(started.status).toBe(303)
      expect(started.headers.location).toMatch(/^http:\/\/auth\.localhost\/sign-in\?rt=[\w-]+$/)
      return { page: pathOf(started.headers.location), start: pairOf(started.cookies, 'sallyport_start') }
    }
    /** Signs in on the page; answers the path on the application's host to which that leads. */
    async function signIn(page: string, visitor: Visitor = createVisitor(stage.sallyport)): Promise<string> {
      await visitor.look(page)
      if (visitor.at.answer.status === 200)
        await visitor.send('/sign-in', { identifier: 'ada@example.com', password })
      const { location } = visitor.at.answer.headers
      expect(location).toContain(`http://${stage.host}/.sallyport/callback?code=`)
      return pathOf(location as string)
    }
    const come = (path: string, cookie?: string) =>
      stage.ask(path, [...navigates, ...(cookie === undefined ? [] : [`Cookie: ${cookie}`])])
    const refused = (told: Told) => {
      expect([told.status, told.cookies]).toEqual([400, []])
      expect(told.body).toContain('href="/.sallyport/start"')
    }

    it('gets a cookie of its own on the way, and whoever asked comes back with the whole query', async () => {
      const path = '/where?q=%EA%B9%80&a=1&b=%26x%3D2'
      const { page, start } = await begin(path)
      const back = await come(await signIn(page), start)
      expect([back.status, back.headers.location]).toEqual([303, `http://${stage.host}${path}`])
      expect(back.cookies[0]).toMatch(
        /^sallyport_gate=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/,
      )
      expect(stage.reached).toEqual([])
      expect((await come(path, pairOf(back.cookies, 'sallyport_gate'))).status).toBe(200)
      expect(stage.reached.at(-1)!.headers.map(([, value]) => value)).toContain(ada.user.id)
    })

    it('asks nobody again who is signed in here, and forgets them with their session', async () => {
      const visitor = createVisitor(stage.sallyport)
      const first = await begin('/')
      await signIn(first.page, visitor)
      const { page, start } = await begin('/x')
      const back = await come(await signIn(page, visitor), start)
      const cookie = pairOf(back.cookies, 'sallyport_gate')
      expect((await come('/x', cookie)).status).toBe(200)
      await visitor.look('/account')
      await visitor.send('/sign-out')
      const over = await come('/x', cookie)
      expect(over.headers.location).toMatch(/\/\.sallyport\/start\?rt=[\w-]+&ended=1$/)
      const again = await come(pathOf(over.headers.location))
      expect(again.headers.location).toMatch(/\/sign-in\?rt=[\w-]+&ended=1$/)
    })

    it('signs nobody in whose browser did not begin: with no cookie, or one of another beginning', async () => {
      for (const theirs of [
        undefined,
        (await begin('/')).start,
        'sallyport_start=',
        `sallyport_start=${'A'.repeat(43)}`,
      ]) {
        const { page, start } = await begin('/')
        const callback = await signIn(page)
        refused(await come(callback, theirs))
        // It was shown once, and is gone also for whoever may use it.
        refused(await come(callback, start))
      }
      const { page, start } = await begin('/')
      refused(await come(await signIn(page), `${start}; ${start}`))
    })

    it('takes a code once, for a minute, as it was given out', async () => {
      const once = await begin('/')
      const callback = await signIn(once.page)
      expect((await come(callback, once.start)).status).toBe(303)
      refused(await come(callback, once.start))
      const late = await begin('/')
      const slow = await signIn(late.page)
      stage.sallyport.clock.advance(60_000)
      refused(await come(slow, late.start))
      const [one, other] = [await begin('/a'), await begin('/b')]
      const [a, b] = [await signIn(one.page), await signIn(other.page)].map((path) => new URL(path, issuer))
      refused(
        await come(
          `/.sallyport/callback?code=${a!.searchParams.get('code')}&rt=${b!.searchParams.get('rt')}`,
          one.start,
        ),
      )
      for (const query of [
        '',
        '?code=',
        `?code=${'A'.repeat(43)}`,
        '?code=x&rt=y',
        `?code=${'A'.repeat(43)}&rt=x`,
      ])
        refused(await come(`/.sallyport/callback${query}`, other.start))
    })

    it('lets several tabs begin at once', async () => {
      const first = await begin('/a')
      const asked = await stage.ask('/b', navigates)
      const second = await come(pathOf(asked.headers.location), first.start)
      expect(pairOf(second.cookies, 'sallyport_start')).toBe(first.start)
      for (const page of [pathOf(second.headers.location), first.page])
        expect((await come(await signIn(page), first.start)).status).toBe(303)
    })

    it('takes nothing that is sent along for a part of what somebody else asks next', async () => {
      const bearer = `Authorization: Bearer ${ada.access_token}`
      for (let times = 0; times < 5; times++) {
        const sent = await stage.ask('/.sallyport/callback', [], 'POST', 'x'.repeat(20 + times))
        expect([sent.status, (await stage.ask('/', [bearer])).status]).toEqual([404, 200])
      }
    })

    it('leads nowhere else, whatever a ticket or a host says', async () => {
      for (const query of ['', '?rt=x', '?rt=http%3A%2F%2Fevil.example%2F']) {
        const started = await come(`/.sallyport/start${query}`)
        const back = await come(
          await signIn(pathOf(started.headers.location)),
          pairOf(started.cookies, 'sallyport_start'),
        )
        expect(back.headers.location).toBe(`http://${stage.host}/`)
      }
      const forged = ['X-Forwarded-Host: evil.example', 'X-Forwarded-Proto: https']
      const started = await stage.ask('/.sallyport/start', [...navigates, ...forged])
      const back = await come(
        await signIn(pathOf(started.headers.location)),
        pairOf(started.cookies, 'sallyport_start'),
      )
      expect(back.headers.location).toBe(`http://${stage.host}/`)
    })
  })
})

describe('the way over another domain', () => {
  let sallyport: Sallyport
  afterEach(() => sallyport?.close())
  const open = async (more: Record<string, string> = {}) => {
    const hosts = { 'trusted-proxies': '127.0.0.1', 'gate.hosts': 'app.example.com,other.example.net:8080' }
    sallyport = await openSallyport({ settings: { issuer: 'http://auth.example.org', ...hosts, ...more } })
    await sallyport.signUp({ email: 'ada@example.com', password })
  }
  const at = async (url: string, headers: Record<string, string> = {}, from = '127.0.0.1') => {
    const { host, protocol, pathname, search } = new URL(url)
    const said = { 'x-forwarded-proto': protocol.slice(0, -1), 'x-forwarded-host': host }
    const answer = await sallyport.server.inject({
      url: pathname + search,
      headers: { ...said, ...headers },
      remoteAddress: from,
    })
    return { status: answer.statusCode, headers: answer.headers as Record<string, string>, text: answer.body }
  }
  const gate = (url: string, cookie = '') =>
    at('http://x/gate/nginx', {
      ...{ cookie, 'x-original-url': url, 'x-original-method': 'GET', 'sec-fetch-mode': 'navigate' },
    })
  const lines = (headers: Record<string, string>) => [headers['set-cookie'] ?? []].flat()
  /** The whole way for somebody; answers what the application's host is left with. */
  const enter = async (url: string, secure = '') => {
    const started = await at((await gate(url)).headers['sallyport-location']!)
    const visitor = createVisitor(sallyport)
    await visitor.look(pathOf(started.headers.location))
    await visitor.send('/sign-in', { identifier: 'ada@example.com', password })
    const cookie = pairOf(lines(started.headers), `${secure}sallyport_start`)
    const location = visitor.at.answer.headers.location as string
    return { location, cookie, visitor }
  }

  it('gives a cookie that is good on its own host alone', async () => {
    await open()
    const { location, cookie } = await enter('http://app.example.com/x')
    const back = await at(location, { cookie })
    const given = pairOf(lines(back.headers), 'sallyport_gate')
    expect((await gate('http://APP.example.com.:80/', given)).status).toBe(200)
    for (const url of [
      'http://other.example.net:8080/',
      'http://auth.example.org/',
      'http://app.example.com:81/',
    ])
      expect([url, (await gate(url, given)).status]).toEqual([url, 401])
    // Asking elsewhere does not make it be forgotten here.
    expect((await gate('http://app.example.com/', given)).status).toBe(200)
    const page = await sallyport
      .browser()
      .get('/account', { cookie: given.replace('gate', 'page'), accept: 'text/html' })
    expect(page.headers.location).toContain('/sign-in')
  })

  it('begins and ends on the host as it is listed, however it was spelled', async () => {
    await open()
    for (const spelled of [
      'APP.example.com',
      'app.example.com.',
      'app.example.com:80',
      'app.example.com.:80',
    ]) {
      const to = (await gate(`http://${spelled}/x?y=1`)).headers['sallyport-location']!
      expect([spelled, new URL(to).host]).toEqual([spelled, 'app.example.com'])
      const { location, cookie } = await enter(`http://${spelled}/x?y=1`)
      expect((await at(location, { cookie })).headers.location).toBe('http://app.example.com/x?y=1')
    }
  })

  it('takes a code on the host that it was made for alone, and only what a listed gateway says of a host', async () => {
    await open()
    const { location, cookie } = await enter('http://app.example.com/x')
    expect((await at(location.replace('app.example.com', 'other.example.net:8080'), { cookie })).status).toBe(
      400,
    )
    for (const url of [
      'http://evil.net',
      'http://example.com',
      'http://app.example.com:81',
      'http://auth.example.org',
    ])
      expect([url, (await at(`${url}/.sallyport/start`)).status]).toEqual([url, 404])
    expect((await at('http://app.example.com/.sallyport/start', {}, '192.0.2.7')).status).toBe(404)
    expect((await at('http://app.example.com/.sallyport/start', { 'x-forwarded-proto': 'ftp' })).status).toBe(
      404,
    )
    const other = await at(
      (await gate('http://other.example.net:8080/y')).headers['sallyport-location']!.replace(
        'other.example.net:8080',
        'app.example.com',
      ),
    )
    const visitor = createVisitor(sallyport)
    await visitor.look(pathOf(other.headers.location))
    await visitor.send('/sign-in', { identifier: 'ada@example.com', password })
    expect(visitor.at.answer.headers.location).toContain('http://app.example.com/.sallyport/callback')
  })

  it('takes nothing for a host that only a parser of addresses finds one in', async () => {
    await open({ 'gate.hosts': 'app.example.com,*.apps.example.com' })
    for (const host of ['app.example.com', 'APP.example.com.:80', 'x.apps.example.com'])
      expect([host, (await at('http://x/.sallyport/start', { 'x-forwarded-host': host })).status]).toEqual([
        host,
        303,
      ])
    for (const host of [
      ...['evil@app.example.com', 'app.example.com/x', 'app.example.com\\x', 'app.example.com#x'],
      ...['app.example.com?x', 'app%2eexample.com', 'app.example.com:', 'x;sandbox;.apps.example.com'],
      ...[
        'x,y.apps.example.com',
        '"x.apps.example.com',
        "x'.apps.example.com",
        'app.example.com, app.example.com',
      ],
    ])
      expect([host, (await at('http://x/.sallyport/start', { 'x-forwarded-host': host })).status]).toEqual([
        host,
        404,
      ])
    expect((await at('http://app.example.com/.sallyport/st%61rt')).status).toBe(404)
  })

  it('has no work for the store with codes that were not made here', async () => {
    await open()
    const { location, cookie } = await enter('http://app.example.com/x')
    const { store } = sallyport.server.context
    const { take } = store
    let taken = 0
    Object.assign(store, {
      take: (...of: Parameters<typeof take>) => {
        taken += 1
        return take.apply(store, of)
      },
    })
    const code = 'A'.repeat(43)
    for (const url of [location.replace(/code=[\w-]+/, `code=${code}`), location.replace(/rt=/, 'rt=A')])
      expect((await at(url, { cookie })).status).toBe(400)
    expect(taken).toBe(0)
    expect([(await at(location, { cookie })).status, taken]).toEqual([303, 1])
  })

  it('makes sixty codes a minute for a session and no more, which a browser is told on a page', async () => {
    await open()
    const { visitor } = await enter('http://app.example.com/x')
    const began = await at('http://app.example.com/.sallyport/start')
    const rt = new URL(began.headers.location!).searchParams.get('rt')!
    const cookie = `sallyport_page=${visitor.browser.cookies.get('sallyport_page')}`
    const go = (accept = '*/*') => at(`http://x/gate/enter?rt=${rt}`, { cookie, accept })
    for (let made = 1; made < 60; made++) expect((await go()).status).toBe(303)
    expect([(await go()).status, (await go()).headers['retry-after']]).toEqual([429, '60'])
    const page = await go('text/html')
    expect([page.status, page.headers['content-type']]).toEqual([429, 'text/html; charset=utf-8'])
    expect(await sallyport.server.context.store.list(gateCodes, { limit: 100 })).toHaveLength(60)
    sallyport.clock.advance(60_000)
    expect((await go()).headers.location).toContain('/callback?code=')
  })

  it('does not begin with hosts that no browser spells so', async () => {
    for (const host of [
      'app.example.com:443',
      'app.example.com:80',
      'x:08080',
      'x:99999',
      '*.x:443',
      '127.1',
    ])
      await expect(open({ 'gate.hosts': host }), host).rejects.toThrow('gate.hosts')
    await open({ 'gate.hosts': '*.example.com:8443,localhost:8080,127.0.0.1,xn--e1afmkfd.example' })
  })

  it('needs somebody signed in here, and says no more than where to sign in', async () => {
    await open()
    const { visitor } = await enter('http://app.example.com/x')
    const began = await at('http://app.example.com/.sallyport/start')
    const rt = new URL(began.headers.location!).searchParams.get('rt')!
    for (const cookie of ['', `sallyport_page=${'A'.repeat(43)}`]) {
      const told = await at(`http://x/gate/enter?rt=${rt}`, { cookie })
      expect([told.status, told.headers.location]).toEqual([303, `/sign-in?rt=${rt}`])
    }
    const page = `sallyport_page=${visitor.browser.cookies.get('sallyport_page')}`
    expect((await at(`http://x/gate/enter?rt=x`, { cookie: page })).headers.location).toBe('/sign-in?rt=x')
    expect((await at(`http://x/gate/enter?rt=${rt}`, { cookie: page })).headers.location).toContain(
      '/callback?code=',
    )
  })

  it('keeps no code in the clear, and none longer than it counts', async () => {
    await open()
    const { location } = await enter('http://app.example.com/x')
    const { store } = sallyport.server.context
    const rows = await store.list(gateCodes, { limit: 10 })
    expect(rows).toHaveLength(1)
    const code = new URL(location).searchParams.get('code')!
    expect(Buffer.from(rows[0]!.hash)).not.toEqual(Buffer.from(code, 'base64url'))
    expect(sallyport.logged.join()).not.toContain(code)
    sallyport.clock.advance(60_000)
    expect(await store.list(gateCodes, { limit: 10 })).toEqual([])
  })

  it('gives nothing for a session that ended meanwhile, and nothing while the store is away', async () => {
    await open()
    const ended = await enter('http://app.example.com/x')
    await ended.visitor.look('/account')
    await ended.visitor.send('/sign-out')
    expect((await at(ended.location, { cookie: ended.cookie })).status).toBe(400)
    const { location, cookie } = await enter('http://app.example.com/x')
    const broken = () => Promise.reject(new StoreUnavailable('away'))
    Object.assign(sallyport.server.context.store, { get: broken, take: broken })
    expect((await at(location, { cookie })).status).toBe(503)
  })

  it('has cookies behind https that no other host can plant', async () => {
    await open({ issuer: 'https://auth.example.org' })
    const { location, cookie } = await enter('https://app.example.com/x', '__Host-')
    expect(cookie).toMatch(/^__Host-sallyport_start=[\w-]{43}$/)
    const back = await at(location, { cookie })
    expect(lines(back.headers)[0]).toMatch(
      /^__Host-sallyport_gate=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=\d+$/,
    )
    const given = pairOf(lines(back.headers), '__Host-sallyport_gate')
    expect((await gate('https://app.example.com/', given)).status).toBe(200)
    expect((await gate('https://app.example.com/', given.replace('__Host-', ''))).status).toBe(401)
    expect((await gate('http://app.example.com/x')).headers['sallyport-location']).not.toContain('rt=')
    expect((await at('http://app.example.com/.sallyport/start')).status).toBe(404)
  })

  it('is not begun again where the gateway asks about it: nobody goes in circles', async () => {
    await open()
    for (const path of ['/.sallyport/start', '/.sallyport/start?rt=x', '/.Sallyport/callback?code=x']) {
      const told = await gate(`http://app.example.com${path}`)
      expect(told.headers['sallyport-location']).toBe('http://auth.example.org/sign-in')
      expect(sallyport.logged.at(-2)! + sallyport.logged.at(-1)!).toContain('has to route /.sallyport/')
    }
  })
})
