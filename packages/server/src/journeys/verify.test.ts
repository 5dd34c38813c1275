// @sallyport/verify in a real browser: what is built for browsers and edges, by WebCrypto, over the same vectors; and the
// middleware for Next, in the application that it stands in front of.
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sallyport } from '@sallyport/verify/next'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../testing/port.js'
import { stoppedClock } from '../util/clock.js'
import { obstacle, openStage, type Person, type Stage } from './chromium.js'

const root = new URL('../../../verify/', import.meta.url)
const files = readdirSync(new URL('vectors/', root)).filter((name) => /^tk\d\.json$/.test(name))
const page = '<script type="importmap">{"imports":{"#engine":"/engine-web.js"}}</script>'

let stage: Stage
let served: Server
let somebody: Person
// skipped: where no Chromium is installed; chromium.ts says so aloud, and fails instead where CI is set
describe.skipIf(obstacle !== undefined)('in a browser', () => {
  beforeAll(async () => {
    stage = await openStage()
    somebody = await stage.person()
    served = createServer(({ url = '/' }, response) => {
      const isScript = url.endsWith('.js')
      response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' })
      response.end(isScript ? readFileSync(new URL(`dist${url}`, root)) : page)
    })
    await new Promise<void>((done) => served.listen(0, '127.0.0.1', done))
    await somebody.page.goto(`http://127.0.0.1:${(served.address() as AddressInfo).port}/`)
  })
  afterAll(async () => {
    served.close()
    await stage.close()
  })

  it('every vector comes out as it should', async () => {
    const texts = files.map((name) => readFileSync(new URL(`vectors/${name}`, root), 'utf8'))
    const { wrong, count } = await somebody.page.evaluate(runVectors, texts)
    expect(wrong).toEqual([])
    expect(count).toBeGreaterThanOrEqual(150)
  })

  it('a service’s verifier says whose token it is, with the keys that it was given', async () => {
    const [text = ''] = files.map((name) => readFileSync(new URL(`vectors/${name}`, root), 'utf8'))
    const said = await somebody.page.evaluate(runService, text)
    expect(said).toEqual(['accepted 0193f5a0-0000-7000-8000-000000000001', 401, 'access_token_invalid'])
  })

  it('a key that is half there is told at once, and one that the browser turns down refuses with 503 and is logged', async () => {
    const { half, answers, logged } = await somebody.page.evaluate(runWithoutKeys)
    expect(half).toContain('keys[0]: key x: ES256 needs an EC key on P-256')
    expect(answers).toEqual([503, 503, false])
    expect(logged).toEqual([expect.stringContaining('keys: key x: not a key')])
  })
})

// skipped: where no Chromium is installed, as above
describe.skipIf(obstacle !== undefined)('an application behind the middleware for Next', () => {
  let app: Server
  let home: Stage
  let url: string
  /** How often its pages were asked for. */
  let asked = 0
  beforeAll(async () => {
    const port = await freePort()
    url = `http://localhost:${port}`
    home = await openStage({ settings: { origins: url }, clock: stoppedClock(Date.now()) })
    const audience = 'sallyport'
    const { redirectMiddleware } = sallyport({
      issuer: home.url,
      audience,
      cookie: { name: 'sallyport_access' },
    })
    const elsewhere = sallyport({
      issuer: home.url,
      audience: 'another',
      cookie: { name: 'sallyport_access' },
    })
    app = createServer(async ({ url: path = '/', headers }, response) => {
      if (path === '/favicon.ico') return response.writeHead(404).end()
      asked++
      const request = new Request(new URL(path, url), { headers: { cookie: headers.cookie ?? '' } })
      const led = await (path === '/another' ? elsewhere.redirectMiddleware : redirectMiddleware)(request)
      if (led) return response.writeHead(led.status, { location: led.headers.get('location') ?? '' }).end()
      return response.writeHead(200, { 'content-type': 'text/html' }).end(`<h1>Notes at ${path}</h1>`)
    })
    await new Promise<void>((done) => app.listen(port, '127.0.0.1', done))
  })
  afterAll(async () => {
    app.close()
    await home.close()
  })

  it('leads to the sign-in page and back, also when the access cookie is over, and never in circles', async () => {
    const { page, context } = await home.person()
    const { email, password } = await home.sallyport.signUp()
    await page.goto(`${url}/notes?id=7`)
    await page.getByLabel('Email').fill(email)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(`${url}/notes?id=7`)
    await context.clearCookies({ name: 'sallyport_access' })
    asked = 0
    await page.goto(`${url}/notes?id=8`)
    expect([page.url(), await page.textContent('h1')]).toEqual([`${url}/notes?id=8`, 'Notes at /notes?id=8'])
    expect(asked).toBe(2)
    asked = 0
    await page.goto(`${url}/another`)
    expect(await page.textContent('main')).toContain('You are signed in')
    expect(asked).toBe(1)
  })
})

// biome-ignore lint/suspicious/noExplicitAny: what runs in the page has no types of ours
type Loose = any

async function runVectors(texts: string[]): Promise<{ wrong: string[]; count: number }> {
  const load = new Function('path', 'return import(path)') as (path: string) => Promise<Loose>
  const { createTokenVerifier, importJwk, keySet } = await load('/web.js')
  const wrong: string[] = []
  let count = 0
  for (const text of texts) {
    const { keys, vectors } = JSON.parse(text) as Loose
    for (const vector of vectors as Loose[]) {
      const set = keySet(await Promise.all(vector.keys.map((name: string) => importJwk(keys[name]))))
      const verifier = createTokenVerifier({ keys: () => set, now: () => vector.now, ...vector.options })
      const verdict = await verifier.verify(vector.token)
      count++
      if (verdict.ok !== (vector.verdict === 'accepted') || verdict.reason !== vector.reason)
        wrong.push(`${vector.requirement} ${vector.name}: ${verdict.reason}`)
    }
  }
  return { wrong, count }
}

async function runService(text: string): Promise<unknown[]> {
  const load = new Function('path', 'return import(path)') as (path: string) => Promise<Loose>
  const { createVerifier } = await load('/web.js')
  const { keys, vectors } = JSON.parse(text) as Loose
  const { token, now, options } = vectors.find((one: Loose) => one.verdict === 'accepted')
  const verify = createVerifier({ ...options, keys: [keys.es256], now: () => now })
  const good = await verify(new Request('/', { headers: { authorization: `Bearer ${token}` } }))
  const bad = await verify.token(`${token.slice(0, -9)}AAAAAAAAA`)
  return [good.ok && `accepted ${good.auth.userId}`, bad.status, (await bad.response().json()).code]
}

async function runWithoutKeys(): Promise<{ half: string; answers: unknown[]; logged: string[] }> {
  const load = new Function('path', 'return import(path)') as (path: string) => Promise<Loose>
  const { createVerifier } = await load('/web.js')
  const logged: string[] = []
  const make = (key: object) =>
    createVerifier({
      issuer: 'https://auth.test',
      audience: 'test',
      keys: [{ kty: 'EC', kid: 'x', ...key }],
      log: (line: string) => logged.push(line),
    })
  let half = ''
  try {
    make({})
  } catch (error) {
    half = String(error)
  }
  const verify = make({ crv: 'P-256', x: 'AA', y: 'AA' })
  const answers = [(await verify.token('x')).status, (await verify.token('x')).status, await verify.ready()]
  return { half, answers, logged }
}
