// The gate behind real gateways, set up by the very recipes of docs/gateways/.
import { identityHeaders } from '@sallyport/protocol'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { users } from '../domain/tables.js'
import { operate } from '../testing/administrator.js'
import type { SignedUp } from '../testing/sallyport.js'
import { createVisitor } from '../testing/visitor.js'
import { type Kind, obstacleOf, openStage, type Stage, type Told } from './stage.js'

const names = Object.keys(identityHeaders.remote!)
const navigates = ['Sec-Fetch-Mode: navigate', 'Accept: text/html']
let stage: Stage
let ada: SignedUp

const bearer = (tokens: SignedUp) => `Authorization: Bearer ${tokens.access_token}`
/** The values of a header as the application got them, whatever its spelling. */
const values = (name: string): string[] =>
  stage.reached
    .at(-1)!
    .headers.filter(([given]) => given.replaceAll(/[_.]/g, '-').toLowerCase() === name.toLowerCase())
    .map(([, value]) => Buffer.from(value, 'latin1').toString('utf8'))

describe.each<Kind>(['nginx', 'caddy'])('behind %s', (kind) => {
  const obstacle = obstacleOf(kind)
  // skipped: where the gateway is not installed; stage.ts says so aloud, and fails instead where CI is set
  describe.skipIf(obstacle)('the recipe', () => {
    beforeAll(async () => {
      stage = await openStage(kind)
      ada = await stage.sallyport.signUp()
      await stage.sallyport.server.context.store.update(users, { id: ada.user.id }, { email_verified: true })
      await stage.sallyport.as(ada).send('PATCH', '/v1/me', { name: '김 하늘', preferred_username: 'haneul' })
    })
    beforeEach(() => {
      stage.reached.length = 0
    })
    afterAll(() => stage?.close())

    const refused = (told: Told, status: number) => {
      expect(told.status).toBe(status)
      expect(told.headers.location).toBeUndefined()
      expect(stage.reached).toEqual([])
    }

    it('tells the application who it is, in UTF-8, with every header', async () => {
      expect((await stage.ask('/where?a=1&b=2', [bearer(ada)])).status).toBe(200)
      expect(stage.reached.at(-1)).toMatchObject({ method: 'GET', url: '/where?a=1&b=2' })
      expect(values('Remote-User')).toEqual([ada.user.id])
      expect(values('Remote-Email')).toEqual([ada.email])
      expect(values('Remote-Name')).toEqual(['김 하늘'])
      expect(values('Remote-Groups').join('')).toBe('')
      expect(values('X-Auth-Request-Preferred-Username')).toEqual(['haneul'])
      expect(values('X-Session-Id')).toEqual([ada.session_id])
    })

    it('lets nothing through that looks like what the gate says', async () => {
      const twins = names.flatMap((name) => [
        name,
        name.toUpperCase(),
        name.replaceAll('-', '_'),
        name.replaceAll('-', '.'),
        name.replace('-', '_'),
        name.toLowerCase().replaceAll('-', '_'),
      ])
      await stage.ask('/', [...twins.map((name) => `${name}: forged`), bearer(ada)])
      const told = stage.reached.at(-1)!.headers.filter(([, value]) => value.includes('forged'))
      expect(told).toEqual([])
      expect(values('Remote-User')).toEqual([ada.user.id])
    })

    it('does not lose a header that the visitor lists in Connection', async () => {
      const listed = names.join(', ')
      await stage.ask('/', [bearer(ada), `Connection: close, ${listed}`, 'Remote-User: forged'])
      expect(values('Remote-User')).toEqual([ada.user.id])
      expect(values('X-Session-Id')).toEqual([ada.session_id])
      await stage.ask('/', [bearer(ada), `Connection: Upgrade, ${listed}`, 'Upgrade: websocket'])
      expect(values('Remote-User')).toEqual([ada.user.id])
    })

    it('leads a browser to the sign-in page, and nothing else that is signed out', async () => {
      const told = await stage.ask('/where', navigates)
      expect([302, 303]).toContain(told.status)
      expect(told.headers.location).toMatch(/^http:\/\/localhost:\d+\/sign-in\?rt=[\w-]+$/)
      expect(stage.reached).toEqual([])
      refused(await stage.ask('/where', ['Sec-Fetch-Mode: cors', 'Accept: text/html']), 401)
      refused(await stage.ask('/where', ['Accept: */*']), 401)
      refused(await stage.ask('/where', ['Accept: application/json'], 'POST', '{"a":1}'), 401)
      refused(await stage.ask('/where', ['Accept: text/html;q=0']), 401)
    })

    it('turns a WebSocket away that is signed out, and lets one through that is not', async () => {
      const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']
      const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
      refused(await stage.ask('/socket', [...upgrade, key, 'Accept: text/html']), 401)
      expect((await stage.ask('/socket', [...upgrade, key, bearer(ada)])).status).toBe(101)
      expect(values('Remote-User')).toEqual([ada.user.id])
    })

    it('lets nobody begin another protocol, in which the gate would not be asked', async () => {
      const upgrades = [['Upgrade: h2c'], ['Upgrade: h2c', 'Upgrade: websocket'], ['Upgrade: websocket, h2c']]
      for (const upgrade of upgrades) {
        const headers = [bearer(ada), 'Connection: Upgrade, HTTP2-Settings', 'HTTP2-Settings: AAMAAABk']
        const { status } = await stage.ask('/', [...headers, ...upgrade])
        expect([upgrade, [101, 200, 400, 403].includes(status)]).toEqual([upgrade, true])
        if (stage.reached.length > 0) expect(values('Upgrade').join()).not.toMatch(/h2c/)
      }
    })

    it('turns a question of CORS away, unless it is to pass', async () => {
      const asks = ['Origin: https://other.example', 'Access-Control-Request-Method: PUT']
      refused(await stage.ask('/', asks, 'OPTIONS'), 401)
    })

    it('passes a body on as it is', async () => {
      expect((await stage.ask('/form', [bearer(ada)], 'POST', 'a=1&b=2')).status).toBe(200)
      expect(values('Content-Length')).toEqual(['7'])
    })

    it('believes nothing that the visitor says of where they are', async () => {
      const forged = ['X-Original-URL: http://evil.example/', 'X-Original-Method: OPTIONS']
      const more = ['X-Forwarded-Host: evil.example', 'X-Forwarded-Uri: /evil', 'X-Forwarded-Proto: https']
      const told = await stage.ask('/where?to=1&from=2', [...forged, ...more, ...navigates])
      expect(await wayOf(told)).toBe(`http://${stage.host}/where?to=1&from=2`)
    })

    it('leads back after signing in, with the whole query', async () => {
      const path = '/where?q=%EA%B9%80&a=1&b=%26x%3D2&rt=x#'
      const told = await stage.ask(path.slice(0, -1), navigates)
      expect(await wayOf(told)).toBe(`http://${stage.host}${path.slice(0, -1)}`)
    })

    it('leads whoever sent a form back to where the form stood', async () => {
      const from = (referer: string) => [...navigates, `Referer: ${referer}`]
      const form = await stage.ask('/send', from(`http://${stage.host}/form?x=1`), 'POST', 'a=1')
      expect(form.status).toBe(303)
      expect(await wayOf(form)).toBe(`http://${stage.host}/form?x=1`)
      const other = await stage.ask('/send', from('http://evil.example/form'), 'POST', 'a=1')
      expect(await wayOf(other)).toBe(`http://${stage.host}/`)
    })

    it('knows a browser by the cookie of the pages, and no more once it has signed out', async () => {
      const visitor = await signIn()
      const cookie = `Cookie: sallyport_page=${visitor.browser.cookies.get('sallyport_page')}`
      expect((await stage.ask('/', [cookie, ...navigates])).status).toBe(200)
      expect(values('Remote-User')).toEqual([ada.user.id])
      await visitor.send('/sign-out')
      stage.reached.length = 0
      const told = await stage.ask('/', [cookie, ...navigates])
      expect(told.headers.location).toContain('ended=1')
      expect(stage.reached).toEqual([])
      refused(await stage.ask('/', [cookie]), 401)
    })

    it('forgets a token at once that was revoked', async () => {
      const eve = await stage.sallyport.signUp()
      expect((await stage.ask('/', [bearer(eve)])).status).toBe(200)
      await stage.sallyport.as(eve).post('/v1/logout')
      stage.reached.length = 0
      refused(await stage.ask('/', [bearer(eve)]), 401)
    })

    it('keeps the rule of the operator, and a rule of the visitor counts for nothing', async () => {
      refused(await stage.ask('/admin', [bearer(ada)]), 403)
      refused(await stage.ask('/admin?role=user&role=', [bearer(ada)]), 403)
      expect((await stage.ask('/?role=nobody&mfa=1&nonsense=1', [bearer(ada)])).status).toBe(200)
      const told = await stage.ask('/admin', [bearer(ada), ...navigates])
      expect(told.headers.location ?? told.body).toContain('/no-access')
      const root = await stage.sallyport.signUp()
      await operate(stage.sallyport, 'users.update', { id: root.user.id, add_roles: ['admin'] })
      expect((await stage.ask('/admin', [bearer(root)])).status).toBe(200)
      expect(values('Remote-Groups')).toEqual(['admin'])
    })

    it('keeps a path closed in whatever way it is spelled', async () => {
      expect(spellings.length).toBeGreaterThanOrEqual(50)
      for (const path of spellings) await stage.ask(path, [bearer(ada)])
      const open = stage.reached.filter(({ url }) => readings(url).some((path) => /^\/admin/i.test(path)))
      expect(open.map(({ url }) => url)).toEqual([])
    })

    async function signIn(path = '/sign-in') {
      const visitor = createVisitor(stage.sallyport)
      await visitor.look(path)
      await visitor.send('/sign-in', { identifier: ada.email, password: ada.password })
      return visitor
    }

    /** Where the sign-in page leads that a refusal named. */
    async function wayOf({ headers }: Told) {
      const page = new URL(headers.location!)
      const { at } = await signIn(page.pathname + page.search)
      return at.answer.headers.location
    }
  })

  // skipped: as above
  it.skipIf(obstacle)(
    'a gateway that trusted_proxies does not list is answered nothing, whatever it says',
    async () => {
      const unlisted = await openStage(kind, { settings: { 'trusted-proxies': '192.0.2.1' } })
      try {
        const user = await unlisted.sallyport.signUp()
        const forged = ['X-Forwarded-For: 192.0.2.1', 'X-Forwarded-Proto: http', 'X-Real-IP: 192.0.2.1']
        for (const headers of [[bearer(user)], [bearer(user), ...forged]])
          expect((await unlisted.ask('/', headers)).status).toBe(403)
        expect(unlisted.reached).toEqual([])
      } finally {
        await unlisted.close()
      }
    },
  )
})

/** Ways to write /admin/users that an application could take for it. */
const spellings = [
  '/admin/users',
  '/admin',
  '/admin/',
  '/ADMIN/users',
  '/Admin/users',
  '//admin/users',
  '///admin/users',
  '/./admin/users',
  '/././admin/users',
  '/x/../admin/users',
  '/x/..//admin/users',
  '/x/%2e%2e/admin/users',
  '/x/%2E%2E/admin/users',
  '/x/.%2e/admin/users',
  '/x/%2e./admin/users',
  '/%2e/admin/users',
  '/x%2f..%2fadmin/users',
  '/x/..%2fadmin/users',
  '/x/..%2Fadmin%2Fusers',
  '/%61dmin/users',
  '/%41dmin/users',
  '/a%64min/users',
  '/adm%69n/users',
  '/%61%64%6d%69%6e/users',
  '/%2561dmin/users',
  '/%252e%252e/admin/users',
  '/x/%252e%252e/admin/users',
  '/x/%252e%252e%252fadmin/users',
  '/%2fadmin/users',
  '/%2Fadmin/users',
  '/%5cadmin/users',
  '/x/..%5cadmin/users',
  '/\\admin/users',
  '/x/..\\admin/users',
  '/;/admin/users',
  '/;x=1/admin/users',
  '/x;/../admin/users',
  '/x/..;/admin/users',
  '/x/..;a=b/admin/users',
  '/admin;/users',
  '/admin;x=1/users',
  '/admin%3b/users',
  '/admin#/users',
  '/x#/../admin/users',
  '/x/../admin/users#y',
  '/x?/../../admin/users',
  '/%c0%ae%c0%ae/admin/users',
  '/x/%c0%ae%c0%ae/admin/users',
  '/x/%c0%ae./admin/users',
  '/x/..%c0%afadmin/users',
  '/x/%e0%80%ae%e0%80%ae/admin/users',
  '/x/%ef%bc%8e%ef%bc%8e/admin/users',
  '/x/..%ef%bc%8fadmin/users',
  '/%00/admin/users',
  '/x%00/../admin/users',
  '/%0a/../admin/users',
  '/%09/../admin/users',
  '/./%2e/x/../%61dmin/users',
  '/x/y/../../admin/users',
  '/x/y/%2e%2e/%2e%2e/admin/users',
  '/../admin/users',
  '/../../admin/users',
  '/%2e%2e/admin/users',
  'http://localhost/admin/users',
  'http://localhost/x/../admin/users',
]

/** A path as lenient applications read it: decoded once or twice, with parameters dropped and slashes and dots resolved. */
function readings(url: string): string[] {
  const decode = (text: string) =>
    Buffer.from(
      text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
      'latin1',
    )
      .toString('utf8')
      .normalize('NFKC')
      .replaceAll('\u0000', '')
  const path = url.replace(/^\w+:\/\/[^/]*/, '').split('?')[0]!
  const forms = [path, path.split('#')[0]!]
  return forms
    .flatMap((form) => [form, decode(form), decode(decode(form))])
    .map((form) => {
      const steps: string[] = []
      for (const step of form
        .replaceAll('\\', '/')
        .replaceAll(/;[^/]*/g, '')
        .split('/'))
        if (step === '..') steps.pop()
        else if (step !== '.' && step.trim() !== '') steps.push(step)
      return `/${steps.join('/')}`
    })
}
