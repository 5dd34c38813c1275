// What a service has answered by itself while its verifier waited stays answered, and nothing ends by it.
import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import Fastify from 'fastify'
import Koa from 'koa'
import { afterEach, expect, it } from 'vitest'
import * as forExpress from './express.js'
import { sallyport as forFastify } from './fastify.js'
import { createVerifier } from './index.js'
import { sallyport as forKoa } from './koa.js'
import { testTokens } from './testing.js'

const tokens = testTokens()
/** Ends the wait for an issuer that takes the question and says nothing. */
let giveUp: (() => void) | undefined
const settings = {
  issuer: 'https://auth.test',
  audience: 'test',
  log: () => {},
  fetch: () => new Promise<Response>((_done, fail) => (giveUp = () => fail(new Error('no answer')))),
}
const unhandled: unknown[] = []
const note = (error: unknown) => void unhandled.push(error)
process.on('unhandledRejection', note)
afterEach(() => {
  expect(unhandled).toEqual([])
})

/** Answers as a time limit does, and only then lets the verifier come to its end. */
function late<T>(response: ServerResponse, next: () => T): T {
  setImmediate(function limit() {
    if (giveUp === undefined) return setImmediate(limit)
    response.writeHead(503).end('too late')
    giveUp()
    giveUp = undefined
    return undefined
  })
  return next()
}

/** What comes of a request to a service, of which nothing is left to happen afterwards. */
async function outcome(listener: RequestListener, headers: Record<string, string> = {}) {
  const server = createServer(listener)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const answer = await fetch(`http://127.0.0.1:${port}`, { headers })
  const said = `${answer.status} ${await answer.text()}`
  await new Promise((done) => server.close(done))
  await new Promise((done) => setImmediate(done))
  return said
}
const bearer = { authorization: 'Bearer a.b.c' }

it('a request that Express has answered meanwhile is answered once', async () => {
  const failures: unknown[] = []
  const app = express()
  app.use((_req, res, next) => late(res, next))
  app.use(forExpress.sallyport(settings))
  app.use(((error, _req, _res, _next) => void failures.push(error)) as express.ErrorRequestHandler)
  expect(await outcome(app, bearer)).toBe('503 too late')
  expect(failures).toEqual([])
})

it('a guard of Express leaves alone what was answered meanwhile, too', async () => {
  const app = express()
  app.use(forExpress.sallyport({ ...tokens.settings, optional: true }))
  app.use((_req, res, next) => {
    res.status(503).send('too late')
    next()
  })
  app.use(forExpress.requireAuth({ role: 'admin' }))
  expect(await outcome(app)).toBe('503 too late')
  expect(await outcome(app, tokens.headers())).toBe('503 too late')
})

it('what fails behind the middleware is told to whoever called it, and is no end of the process', async () => {
  const handler = forExpress.sallyport({ ...tokens.settings, optional: true })
  const listener: RequestListener = (request, response) =>
    handler(request, response, (error) => {
      if (error === undefined) throw new Error('behind the middleware')
      response.writeHead(500).end((error as Error).message)
    })
  expect(await outcome(listener)).toBe('500 behind the middleware')
})

it('a request that Fastify has answered meanwhile is answered once', async () => {
  const logged: string[] = []
  const app = Fastify({
    logger: { level: 'warn', stream: { write: (line: string) => void logged.push(line) } },
  })
  app.addHook('onRequest', async (_request, reply) => late(reply.raw, () => undefined))
  await app.register(forFastify, settings)
  app.get('/', async () => 'in')
  await app.ready()
  expect(await outcome((req, res) => app.routing(req, res), bearer)).toBe('503 too late')
  expect(logged).toEqual([])
  await app.close()
})

it('a request that Koa has answered meanwhile is answered once', async () => {
  const failures: unknown[] = []
  const app = new Koa()
  app.on('error', (error) => failures.push(error))
  app.use((ctx, next) => late(ctx.res, next))
  app.use(forKoa(settings))
  expect(await outcome(app.callback(), bearer)).toBe('503 too late')
  expect(failures).toEqual([])
})

it('a handler of node:http that sends a refusal after its answer sends nothing', async () => {
  const verify = createVerifier(settings)
  const handler: RequestListener = async (request, response) => {
    const answer = await late(response, () => verify(request))
    if (!answer.ok) return answer.send(response)
    response.end('in')
  }
  expect(await outcome(handler, bearer)).toBe('503 too late')
})
