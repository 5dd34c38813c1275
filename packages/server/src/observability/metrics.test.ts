import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { freePort } from '../testing/port.js'
import { openSallyport, type Sallyport, withDatabaseFile } from '../testing/sallyport.js'
import { createRequestCounter } from './requests.js'

let open: Sallyport | undefined
afterEach(async () => {
  await open?.close()
  open = undefined
})

/** The value of a sample in a scrape; its labels as they stand. */
const sampleOf = (text: string, sample: string) => {
  const line = text.split('\n').find((one) => one.startsWith(`${sample} `))
  return line === undefined ? undefined : Number(line.slice(sample.length + 1))
}

const scrape = async (sallyport: Sallyport) => (await sallyport.browser().get('/metrics')).text
const seconds = 'sallyport_http_request_duration_seconds'

describe('the figures', () => {
  it('count requests, events and hashes, and describe the process', async () => {
    open = await openSallyport()
    const user = await open.signUp()
    const wrong = { identifier: user.email, password: 'not the one' }
    for (let at = 0; at < 3; at++) await open.browser().post('/v1/login', wrong)
    await open.as(user).get('/v1/me')
    await open.as(user).get('/v1/me')
    const text = await scrape(open)
    expect(sampleOf(text, `${seconds}_count{operation="login",method="POST",status="4xx"}`)).toBe(3)
    expect(sampleOf(text, `${seconds}_count{operation="profile.get",method="GET",status="2xx"}`)).toBe(2)
    expect(sampleOf(text, 'sallyport_events_total{event="login.failed"}')).toBe(3)
    expect(sampleOf(text, 'sallyport_events_total{event="user.created"}')).toBe(1)
    expect(sampleOf(text, 'sallyport_hash_done_total')).toBe(4)
    for (const gauge of ['threads', 'running', 'waiting', 'turned_away_total', 'average_seconds'])
      expect(sampleOf(text, `sallyport_hash_${gauge}`)).toBeTypeOf('number')
    expect(sampleOf(text, 'sallyport_verified_tokens')).toBe(1)
    expect(text).toMatch(/^sallyport_build_info\{version="\d+\.\d+\.\d+",node="v\d[^"]*"\} 1$/m)
    for (const name of [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'nodejs_eventloop_lag_p99_seconds',
    ])
      expect(text).toContain(`\n${name} `)
  })

  it('name nobody, and nothing that a stranger can choose', async () => {
    open = await openSallyport()
    const user = await open.signUp({ email: 'canary@example.com' })
    const browser = open.browser()
    await browser.get('/canary/path?canary=1', { 'user-agent': 'canary', 'x-request-id': 'canary' })
    await browser.send('PUT', '/v1/canary', { canary: 1 })
    await browser.post('/v1/login', { identifier: 'canary', password: 'canary' })
    const text = await scrape(open)
    expect(sampleOf(text, `${seconds}_count{operation="none",method="GET",status="4xx"}`)).toBe(1)
    for (const private_ of ['canary', user.user.id, user.session_id, '127.0.0.1'])
      expect(text).not.toContain(private_)
  })

  it('of durations add up bucket by bucket', () => {
    const { count, family } = createRequestCounter()
    for (const [status, ms] of [
      [200, 0.4],
      [204, 3],
      [201, 3],
      [200, 99_999],
      [503, 7],
    ] as const)
      count('login', 'POST', status, ms)
    const samples = family.collect().filter(({ labels }) => labels?.status === '2xx')
    const bucket = (le: string) => samples.find(({ labels }) => labels?.le === le)?.value
    expect([bucket('0.001'), bucket('0.0025'), bucket('0.005'), bucket('5'), bucket('+Inf')]).toEqual([
      1, 1, 3, 3, 4,
    ])
    expect(samples.find(({ suffix }) => suffix === '_count')?.value).toBe(4)
    expect(samples.find(({ suffix }) => suffix === '_sum')?.value).toBeCloseTo(100.0054)
  })

  it('are text that Prometheus reads: each family once, with its kind', async () => {
    open = await openSallyport()
    const answer = await open.browser().get('/metrics')
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    const kinds = [...answer.text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(
      ([, name, kind]) => `${name} ${kind}`,
    )
    expect(kinds).toContain(`${seconds} histogram`)
    expect(kinds).toContain('sallyport_events_total counter')
    expect(new Set(kinds).size).toBe(kinds.length)
    for (const line of answer.text.split('\n').filter((one) => one && !one.startsWith('#')))
      expect(line).toMatch(
        /^[a-zA-Z_]\w*(\{\w+="[^"\n]*"(,\w+="[^"\n]*")*\})? (-?[\d.]+(e[+-]?\d+)?|Nan|[+-]Inf)$/i,
      )
  })
})

describe('where the figures are', () => {
  it('is a port of their own, with nothing beside them', async () => {
    const own = String(await freePort())
    open = await openSallyport({ settings: { port: String(await freePort()), 'metrics.port': own } })
    await open.server.listen()
    const at = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${own}${path}`, init)
    const answer = await at('/metrics?x=1')
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ])
    expect(await answer.text()).toContain('sallyport_build_info')
    for (const path of ['/', '/v1/me', '/metrics/', '/healthz']) expect((await at(path)).status).toBe(404)
    expect((await at('/metrics', { method: 'POST' })).status).toBe(405)
    await open.close()
    open = undefined
    await expect(at('/metrics')).rejects.toThrow()
  })

  it('is never the main port in production', async () => {
    await withDatabaseFile(async (settings) => {
      const secret = { current: Buffer.alloc(32, 7) }
      await (await openSallyport({ settings, secret })).close()
      const server = await openSallyport({ settings, secret, mode: 'production' })
      expect((await server.browser().get('/metrics')).status).toBe(404)
      await server.close()
      const same = { ...settings, port: '4471', 'metrics.port': '4471' }
      await expect(openSallyport({ settings: same, mode: 'production' })).rejects.toThrow(
        'metrics.port is 4471',
      )
    })
  })

  it('is 4464 in production, and no reason not to start where somebody has it', async () => {
    await withDatabaseFile(async (settings) => {
      const secret = { current: Buffer.alloc(32, 7) }
      await (await openSallyport({ settings, secret })).close()
      const start = async () => {
        const options = {
          settings: { ...settings, port: String(await freePort()), 'shutdown.delay': '0s' },
          secret,
        }
        const server = await openSallyport({ ...options, mode: 'production' })
        await server.server.listen()
        return server
      }
      const servers = [await start(), await start()]
      expect((await fetch('http://127.0.0.1:4464/metrics')).status).toBe(200)
      expect(servers[1]?.logged.join('\n')).toContain('port 4464')
      for (const server of servers) await server.close()
    })
  })

  it('is said with its settings where the port cannot be had', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    open = await openSallyport({ settings: { port: String(await freePort()), 'metrics.port': String(port) } })
    await expect(open.server.listen()).rejects.toThrow(
      `port ${port} (the settings metrics.host and metrics.port)`,
    )
    taken.close()
  })
})
