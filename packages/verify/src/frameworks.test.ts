// The middlewares in the frameworks themselves, by their own types: what the README's three lines do not show.
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { describe, expect, it } from 'vitest'
import * as forExpress from './express.js'
import * as forFastify from './fastify.js'
import * as forHono from './hono.js'
import * as forKoa from './koa.js'
import { sallyport as forNext } from './next.js'
import { testTokens } from './testing.js'

const tokens = testTokens()
const { settings } = tokens
type Ask = (path: string, headers?: Record<string, string>) => Promise<string>

const told = async (answer: Response) => {
  const text = await answer.text()
  return `${answer.status} ${text.startsWith('{') ? JSON.parse(text).code : text}`
}

async function overHttp(listener: RequestListener, work: (ask: Ask) => Promise<void>): Promise<void> {
  const server = createServer(listener)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await work(async (path, headers = {}) => told(await fetch(`http://127.0.0.1:${port}${path}`, { headers })))
  server.close()
}

/** `/mine` tells whose it is or nobody's, `/admin` asks for a role, `/lost` asks with getAuth for whoever is not there. */
async function behavesAsOptional(ask: Ask): Promise<void> {
  expect(await ask('/mine')).toBe('200 nobody')
  expect(await ask('/mine', tokens.headers({ sub: 'ada' }))).toBe('200 ada')
  expect(await ask('/mine', { authorization: `Bearer ${tokens.expired()}` })).toBe('401 access_token_expired')
  expect(await ask('/mine', { authorization: 'Bearer' })).toBe('400 invalid_request')
  expect(await ask('/admin')).toBe('401 token_missing')
  expect(await ask('/admin', tokens.headers())).toBe('403 forbidden')
  expect(await ask('/admin', tokens.headers({ roles: ['admin'] }))).toBe('200 admin')
  expect(await ask('/lost')).toMatch(/^500 /)
}

it('who was verified goes with the request, and not with what is copied or printed of it', () => {
  const { sallyport, findAuth } = forExpress
  const app = express()
  app.use(sallyport(settings))
  app.get('/mine', (req, res) => {
    const copy = { ...req } as typeof req
    const seen = Object.getOwnPropertySymbols(copy).map(String)
    const inherited = Object.create(req) as typeof req
    res.send([findAuth(req)?.userId, findAuth(inherited)?.userId, findAuth(copy), seen].join(' '))
  })
  return overHttp(app, async (ask) => {
    const answer = await ask('/mine', tokens.headers({ sub: 'ada' }))
    expect(answer).toMatch(/^200 ada ada /)
    expect(answer).not.toContain('sallyport')
  })
})

describe('optional', () => {
  it('in Express', () => {
    const { sallyport, findAuth, getAuth, requireAuth } = forExpress
    const app = express()
    app.use(sallyport({ ...settings, optional: true }))
    app.get('/mine', (req, res) => void res.send(findAuth(req)?.userId ?? 'nobody'))
    app.get('/admin', requireAuth({ role: 'admin' }), (_req, res) => void res.send('admin'))
    app.get('/lost', (req, res) => void res.send(getAuth(req).userId))
    app.use(((_error, _req, res, _next) => void res.status(500).send('lost')) as express.ErrorRequestHandler)
    return overHttp(app, behavesAsOptional)
  })

  it('in Fastify', async () => {
    const { sallyport, findAuth, getAuth } = forFastify
    const app = Fastify()
    await app.register(sallyport, { ...settings, optional: true })
    app.get('/mine', async (request) => findAuth(request)?.userId ?? 'nobody')
    app.get('/admin', { config: { auth: { role: 'admin' } } }, async () => 'admin')
    app.get('/lost', async (request) => getAuth(request).userId)
    const ask: Ask = async (url, headers = {}) => {
      const { statusCode, body } = await app.inject({ url, headers })
      return told(new Response(body, { status: statusCode }))
    }
    await behavesAsOptional(ask)
    await app.close()
  })

  it('in Hono', () => {
    const { sallyport, findAuth, getAuth, requireAuth } = forHono
    const app = new Hono()
    app.use(sallyport({ ...settings, optional: true }))
    app.get('/mine', (c) => c.text(findAuth(c)?.userId ?? 'nobody'))
    app.get('/admin', requireAuth({ role: 'admin' }), (c) => c.text('admin'))
    app.get('/lost', (c) => c.text(getAuth(c).userId))
    app.onError((_error, c) => c.text('lost', 500))
    return behavesAsOptional(async (path, headers = {}) => told(await app.request(path, { headers })))
  })

  it('in Koa', () => {
    const { sallyport, findAuth, getAuth, requireAuth } = forKoa
    const app = new Koa()
    app.silent = true
    app.use(sallyport({ ...settings, optional: true }))
    app.use((ctx, next) => {
      if (ctx.path === '/admin') return requireAuth({ role: 'admin' })(ctx, next)
      ctx.body = ctx.path === '/lost' ? getAuth(ctx).userId : (findAuth(ctx)?.userId ?? 'nobody')
      return undefined
    })
    app.use((ctx) => {
      ctx.body = 'admin'
    })
    return overHttp(app.callback(), behavesAsOptional)
  })
})

describe('a guard without the middleware before it', () => {
  it('in Express, Hono and Koa is a failure of the server, and lets nobody pass', async () => {
    const app = express()
    app.get('/', forExpress.requireAuth(), (_req, res) => void res.send('in'))
    app.use(
      ((error, _req, res, _next) => void res.status(500).send(error.message)) as express.ErrorRequestHandler,
    )
    const words = /^500 requireAuth: sallyport\(\) must stand before it/
    await overHttp(app, async (ask) => expect(await ask('/', tokens.headers())).toMatch(words))
    const hono = new Hono()
    hono.get('/', forHono.requireAuth(), (c) => c.text('in'))
    hono.onError((error, c) => c.text(error.message, 500))
    expect(await told(await hono.request('/', { headers: tokens.headers() }))).toMatch(words)
    const koa = new Koa()
    koa.silent = true
    koa.use(forKoa.requireAuth())
    await overHttp(koa.callback(), async (ask) => expect(await ask('/', tokens.headers())).toMatch(/^500 /))
  })
})

describe('Fastify', () => {
  it('asks before a body is read, and opens the routes that say so', async () => {
    const app = Fastify()
    await app.register(forFastify.sallyport, settings)
    app.get('/open', { config: { auth: false } }, async (request) => String(forFastify.findAuth(request)))
    app.post('/', async () => 'in')
    const inject = async (method: 'GET' | 'POST', url: string, payload?: string) =>
      (
        await app.inject({
          method,
          url,
          ...(payload && { payload, headers: { 'content-type': 'application/json' } }),
        })
      ).statusCode
    expect(await inject('GET', '/open')).toBe(200)
    expect(await inject('POST', '/', '{')).toBe(401)
    expect(await inject('GET', '/nowhere')).toBe(401)
    await app.close()
  })
})

describe('Next', () => {
  const cookie = { name: 'at', origins: [] }
  const next = forNext({ ...settings, cookie })

  it('hands on what it was handed', async () => {
    const GET = next.withAuth(
      {},
      async (_request: Request, auth, { params }: { params: Promise<{ id: string }> }) =>
        Response.json({ code: `${auth.userId} ${(await params).id}` }),
    )
    const request = new Request('https://app.test/', { headers: tokens.headers({ sub: 'ada' }) })
    expect(await told(await GET(request, { params: Promise.resolve({ id: '7' }) }))).toBe('200 ada 7')
  })

  it('sends whoever has no good token to sign in, and back', async () => {
    const visit = (token: string) =>
      next.redirectMiddleware(
        new Request('https://app.test/notes?a=1', { headers: { cookie: `at=${token}` } }),
      )
    expect(await visit(tokens.token())).toBeUndefined()
    const signIn = 'https://auth.test/sign-in?return_to=https%3A%2F%2Fapp.test%2Fnotes%3Fa%3D1'
    const away = await visit('')
    expect([away?.status, away?.headers.get('location')]).toEqual([303, signIn])
    // One that is good for the server would come back at once.
    const refused = await visit(tokens.expired())
    expect([refused?.status, refused?.headers.get('location')]).toEqual([303, `${signIn}&prompt=login`])
    const down = forNext({ issuer: 'http://127.0.0.1:9', audience: 'test', cookie, log: () => {} })
    const request = new Request('https://app.test/', { headers: { cookie: `at=${tokens.token()}` } })
    expect(await down.redirectMiddleware(request)).toBeUndefined()
  })
})
