// What only real sockets show: broken framing, floods, and answers that must arrive though nobody reads the request.
import { errors } from '@sallyport/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWire, listen, sendRaw, tokens } from '../testing/door.js'

const wire = createWire({ gives: { login: () => tokens('body') } })
let port = 0
beforeAll(async () => {
  port = await listen(wire.app)
})
afterAll(() => wire.app.close())

/** The status and problem of the last answer; every refusal must be a whole problem with the usual headers. */
function problem(text: string): { status: number; code: string } {
  const [head = '', body = ''] = text.slice(text.lastIndexOf('HTTP/1.1 ')).split('\r\n\r\n')
  const status = Number(head.slice(9, 12))
  expect(head.toLowerCase()).toContain('content-type: application/problem+json')
  expect(head.toLowerCase()).toContain('x-content-type-options: nosniff')
  const json = JSON.parse(body) as { status: number; code: string }
  expect(json.status).toBe(status)
  expect(Object.keys(errors)).toContain(json.code)
  return { status, code: json.code }
}

const post = (headers: string, path = '/v1/login') => `POST ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`
const json = 'Content-Type: application/json\r\n'

describe('on a raw socket', () => {
  it.each([
    [
      'both Content-Length and Transfer-Encoding',
      post(`${json}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n`),
      400,
    ],
    ['two lengths', post(`${json}Content-Length: 5\r\nContent-Length: 6\r\n`), 400],
    ['a length that is none', post(`${json}Content-Length: x\r\n`), 400],
    ['a broken chunk', `${post('Transfer-Encoding: chunked\r\n')}zz\r\n`, 400],
    ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n', 400],
    ['a method that does not exist', 'BREW /v1/me HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['a header with NUL', 'GET /v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\0b\r\n\r\n', 400],
    [
      'a token of 1 MB',
      `GET /v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${'x'.repeat(1_048_576)}\r\n\r\n`,
      431,
    ],
    ['a path of 1 MB', `GET /${'x'.repeat(1_048_576)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
  ])('%s is answered and the connection ends', async (_name, request, status) => {
    const text = await sendRaw(port, request)
    expect(problem(text).status).toBe(status)
    expect(text.toLowerCase()).toContain('connection: close')
  })

  it('a request that names no Host is refused in the words of the contract', async () => {
    const text = await sendRaw(port, 'GET /v1/me HTTP/1.1\r\nConnection: close\r\n\r\n')
    expect(problem(text)).toEqual({ status: 400, code: 'invalid_request' })
  })

  it('two Authorization headers are refused, though Node would keep the first', async () => {
    const text = await sendRaw(
      port,
      'GET /v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer a\r\nAUTHORIZATION: Bearer b\r\n\r\n',
    )
    expect(problem(text)).toEqual({ status: 400, code: 'invalid_request' })
  })

  it('one cookie name in two Cookie headers is refused', async () => {
    const cookie = 'Cookie: __Host-sallyport_access=a\r\n'
    const text = await sendRaw(
      port,
      `GET /v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${cookie}${cookie}\r\n`,
    )
    expect(problem(text)).toEqual({ status: 400, code: 'invalid_request' })
  })

  it('a target that is no path is a problem', async () => {
    for (const target of ['*', 'nonsense', '/v1/%'])
      expect(
        problem(await sendRaw(port, `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).status,
      ).toBeLessThan(405)
  })

  it('a path is what was sent, without folding dots, slashes or fragments', async () => {
    const get = (target: string) =>
      sendRaw(port, `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    for (const target of [
      '/healthz#x',
      '//healthz',
      '/./healthz',
      '/x/../healthz',
      '/healthz/',
      '/healthz;x',
      '/%68ealthz',
    ])
      expect([target, problem(await get(target)).code]).toEqual([target, 'not_found'])
    expect(await get('/healthz')).toMatch(/^HTTP\/1.1 200/)
    expect(await get('http://x/healthz')).toMatch(/^HTTP\/1.1 200/)
  })

  it('an expectation that nobody knows is let be', async () => {
    const text = await sendRaw(
      port,
      'GET /v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: magic\r\n\r\n',
    )
    expect(problem(text).code).toBe('token_missing')
  })
})

describe('slowness and closing', () => {
  it('a request that takes too long to arrive is told so', async () => {
    const { server } = wire.app
    expect([server.requestTimeout, server.headersTimeout]).toEqual([30_000, 10_000])
    const slow = Object.assign(new Error('slow'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
    server.once('connection', (socket) => server.emit('clientError', slow, socket))
    expect(problem(await sendRaw(port, 'POST /v1')).status).toBe(408)
  })

  it('what is under way when the server closes is answered whole, and its connection ends', async () => {
    let release = () => {}
    const waiting = new Promise<void>((resolve) => {
      release = resolve
    })
    const closing = createWire({ gives: { login: () => waiting.then(() => tokens('cookie')) } })
    const body = '{"identifier":"a","password":"p","transport":"cookie"}'
    const request = `${post(`${json}Content-Length: ${body.length}\r\n`)}${body}`
    const text = sendRaw(await listen(closing.app), request)
    await expect.poll(() => closing.calls.length).toBe(1)
    const closed = closing.app.close()
    await expect.poll(() => closing.app.server.listening).toBe(false)
    release()
    const answer = await text
    await closed
    expect(answer).toMatch(/^HTTP\/1.1 200 /)
    expect(answer.match(/^set-cookie: /gim)).toHaveLength(2)
    expect(answer.toLowerCase()).toContain('connection: close')
  })
})

describe('floods', () => {
  const million = 1_048_576
  const close = 'Connection: close\r\n'

  it('1 MB announced is refused before it is read, and the answer arrives', async () => {
    const text = await sendRaw(
      port,
      post(`${json}${close}Content-Length: ${million}\r\n`),
      'x'.repeat(million),
    )
    expect(problem(text)).toEqual({ status: 413, code: 'payload_too_large' })
  })

  it('1 MB in chunks is refused when 64 KiB are passed, also where no body is wanted', async () => {
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`
    for (const path of ['/v1/login', '/v1/logout/all', '/v1/me/password']) {
      const head = post(`${json}${close}Authorization: Bearer t\r\nTransfer-Encoding: chunked\r\n`, path)
      const text = await sendRaw(port, head, ...Array.from({ length: 16 }, () => chunk), '0\r\n\r\n')
      expect(problem(text)).toEqual({ status: 413, code: 'payload_too_large' })
    }
  })

  it('64 KiB exactly are taken, and one byte more is not', async () => {
    const body = (size: number) => {
      const start = '{"identifier":"a","password":"p","extra":"'
      return `${start}${'x'.repeat(size - start.length - 2)}"}`
    }
    const send = (size: number) =>
      sendRaw(port, post(`${json}${close}Content-Length: ${size}\r\n`), body(size))
    expect(await send(65_536)).toMatch(/^HTTP\/1.1 200 /)
    expect(problem(await send(65_537)).status).toBe(413)
  })

  it('as many members, levels or digits as 64 KiB hold change nothing', async () => {
    const send = (body: string) =>
      sendRaw(port, post(`${json}${close}Content-Length: ${Buffer.byteLength(body)}\r\n`), body)
    const members = Array.from({ length: 6000 }, (_, index) => `"k${index}":0`).join()
    expect(await send(`{"identifier":"a","password":"p",${members}}`)).toMatch(/^HTTP\/1.1 200 /)
    expect(problem(await send(`{"a":${'{"a":'.repeat(12_000)}`)).code).toBe('invalid_json')
    expect(problem(await send(`{"password":${'9'.repeat(60_000)}}`)).code).toBe('invalid_json')
    expect(problem(await send(`{"password":[${'1,'.repeat(30_000)}1]}`)).code).toBe('invalid_request')
  })

  it('a client that goes away in the middle leaves a line in the log and nothing else', async () => {
    const before = wire.logged.length
    const gone = sendRaw(port, post(`${json}Content-Length: 10\r\n`), '{')
    const connections = () => new Promise((told) => wire.app.server.getConnections((_, count) => told(count)))
    await expect.poll(connections).toBe(1)
    wire.app.server.closeAllConnections()
    await gone
    await expect.poll(() => wire.logged.length).toBeGreaterThan(before)
    expect(wire.logged.at(-1)?.facts.status).toBe(499)
    expect(await sendRaw(port, `GET /healthz HTTP/1.1\r\nHost: x\r\n${close}\r\n`)).toMatch(/^HTTP\/1.1 200/)
  })
})
