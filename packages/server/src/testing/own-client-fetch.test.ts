// The fetch of @sallyport/client: who gets a token, and what is asked twice. A server that lives behind a line, and a
// service of somebody's that writes down what it was asked.
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Sallyport as Client, createSallyport } from '@sallyport/client'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Line, openLine } from './line.js'
import { openSallyport, type Sallyport } from './sallyport.js'

interface Service {
  readonly origin: string
  /** `POST /path token body` of every request; `-` without a token, else which of the tokens it saw: `first`, `second`. */
  readonly asked: string[]
  /** What it answers next, once; otherwise `usual`. */
  answers: Answer[]
  usual: Answer
  close(): void
}

interface Answer {
  readonly status: number
  readonly body?: object
  readonly page?: string
  readonly location?: string
  readonly hold?: Promise<void>
}

async function openService(): Promise<Service> {
  const asked: string[] = []
  const tokens: string[] = []
  const words = ['first', 'second', 'third', 'fourth']
  const service: Omit<Service, 'origin' | 'close'> = { asked, answers: [], usual: { status: 200 } }
  const server = createServer(async (request, response) => {
    asked.push(`${request.method} ${request.url} ${known(request)} ${await text(request)}`.trim())
    const { status, body = {}, page, location, hold } = service.answers.shift() ?? service.usual
    await hold
    response.writeHead(status, {
      'content-type': page === undefined ? 'application/json' : 'text/html',
      ...(location !== undefined && { location }),
    })
    response.end(page ?? JSON.stringify(body))
  })
  const known = ({ headers }: IncomingMessage) => {
    const { authorization } = headers
    if (authorization === undefined) return '-'
    if (!authorization.startsWith('Bearer ey')) return authorization
    if (!tokens.includes(authorization)) tokens.push(authorization)
    return words[tokens.indexOf(authorization)]
  }
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return Object.assign(service, { origin, close: () => server.close() })
}

async function text(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += chunk
  return body
}

let line: Line
let sallyport: Sallyport
let service: Service
let client: Client
let names = 0
beforeAll(async () => {
  let port = 0
  line = await openLine(() => port)
  sallyport = await openSallyport({ settings: { port: '0', 'metrics.port': '0', issuer: line.url } })
  port = Number(new URL((await sallyport.server.listen()).url).port)
})
afterAll(async () => {
  await line.close()
  await sallyport.close()
})

async function open(options: Partial<Parameters<typeof createSallyport>[0]> = {}): Promise<void> {
  client = createSallyport({ issuer: line.url, apiOrigins: [service.origin], ...options })
  names += 1
  await client.signUp({ email: `caller${names}@example.com`, password: 'a door behind the ivy' })
  line.seen.length = 0
}
beforeEach(async () => {
  service = await openService()
  await open()
  return () => {
    client.dispose()
    service.close()
  }
})

const refreshes = () => line.count('/v1/refresh')
const ask = async (path = '/notes', init?: Parameters<Client['fetch']>[1]) =>
  (await client.fetch(service.origin + path, init)).status

describe('the token', () => {
  it('goes to a listed origin', async () => {
    expect([await ask(), service.asked]).toEqual([200, ['GET /notes first']])
    await client.fetch(new Request(`${service.origin}/notes`, { method: 'POST', body: 'a note' }))
    expect(service.asked[1]).toBe('POST /notes first a note')
  })

  it('goes nowhere else: not to the issuer unless it is listed, nor to a name that begins alike', async () => {
    const other = await openService()
    await client.fetch(`${other.origin}/notes`)
    expect(other.asked).toEqual(['GET /notes -'])
    other.close()
    expect((await client.fetch(`${line.url}/v1/me`)).status).toBe(401)
    await open({ apiOrigins: [`${service.origin}0`.slice(0, -2)] })
    await ask()
    expect(service.asked).toEqual(['GET /notes -'])
  })

  it.each(['app://api', 'file:///srv', 'data:,x'])('cannot be meant for %s, which has no origin', (url) => {
    expect(() => createSallyport({ issuer: line.url, apiOrigins: [url] })).toThrow(/has no origin/)
  })

  it('does not follow a redirect to another origin', async () => {
    const other = await openService()
    service.answers = [{ status: 307, location: `${other.origin}/taken` }]
    await ask()
    expect([service.asked, other.asked]).toEqual([['GET /notes first'], ['GET /taken -']])
    other.close()
  })

  it('is not put over one that the caller brings, and a stranger is let through without', async () => {
    await ask('/notes', { headers: { authorization: 'Basic abc' } })
    await client.signOut()
    await ask()
    expect(service.asked).toEqual(['GET /notes Basic abc', 'GET /notes -'])
  })

  it('rides on another fetch too, and patches none', async () => {
    const before = globalThis.fetch
    const seen: string[] = []
    const wrapped = client.wrap(async (input, init) => {
      seen.push(String(input))
      return fetch(input, init)
    })
    await wrapped(`${service.origin}/notes`)
    expect([seen, service.asked, globalThis.fetch === before]).toEqual([
      [`${service.origin}/notes`],
      ['GET /notes first'],
      true,
    ])
  })
})

describe('a refusal', () => {
  it('of 401 is answered by one refresh and one retry, with the body sent again', async () => {
    service.answers = [{ status: 401 }]
    expect(await ask('/notes', { method: 'POST', body: 'a note' })).toBe(200)
    expect(service.asked).toEqual(['POST /notes first a note', 'POST /notes second a note'])
    service.answers = [{ status: 401 }]
    const request = new Request(`${service.origin}/notes`, { method: 'POST', body: 'another' })
    expect((await client.fetch(request)).status).toBe(200)
    expect(service.asked.slice(2)).toEqual(['POST /notes second another', 'POST /notes third another'])
  })

  it('that is repeated belongs to the caller, and signs nobody out', async () => {
    service.answers = [{ status: 401 }, { status: 401, body: { mine: true } }, { status: 401 }]
    const answer = await client.fetch(`${service.origin}/notes`)
    expect([answer.status, await answer.json(), service.asked.length]).toEqual([401, { mine: true }, 2])
    expect([client.snapshot.status, refreshes()]).toEqual(['signed-in', 1])
  })

  it('that comes as a page is answered like others, and the page of a second one is the caller’s', async () => {
    service.answers = [{ status: 401, page: 'No.' }]
    expect([await ask(), service.asked]).toEqual([200, ['GET /notes first', 'GET /notes second']])
    service.answers = [
      { status: 401, page: 'No.' },
      { status: 401, page: 'No, again.' },
    ]
    const answer = await client.fetch(`${service.origin}/notes`)
    expect([answer.status, await answer.text()]).toEqual([401, 'No, again.'])
  })

  it('of many calls at once is answered by one refresh', async () => {
    service.answers = Array.from({ length: 5 }, () => ({ status: 401 }))
    expect(await Promise.all(Array.from({ length: 5 }, () => ask()))).toEqual(Array(5).fill(200))
    expect(refreshes()).toBe(1)
  })

  it('of a stream is not repeated; of a function that makes one it is', async () => {
    const stream = () => new Blob(['a note']).stream()
    const duplex = { method: 'POST', duplex: 'half' } as object
    service.answers = [{ status: 401 }, { status: 401 }]
    expect(await ask('/notes', { ...duplex, body: stream() })).toBe(401)
    expect(await ask('/notes', { ...duplex, body: stream })).toBe(200)
    expect(service.asked).toEqual([
      'POST /notes first a note',
      'POST /notes first a note',
      'POST /notes second a note',
    ])
  })

  it('of what Node sends piece by piece is not repeated without its body', async () => {
    async function* pieces() {
      yield new TextEncoder().encode('a note')
    }
    service.answers = [{ status: 401 }]
    expect(await ask('/notes', { method: 'POST', duplex: 'half', body: pieces() } as object)).toBe(401)
    expect(service.asked).toEqual(['POST /notes first a note'])
  })

  it('that wants to know who it is, is not answered by a refresh', async () => {
    service.answers = [{ status: 401, body: { code: 'step_up_required' } }]
    expect([await ask(), service.asked.length, refreshes()]).toEqual([401, 1, 0])
  })

  it.each([
    // [rule, requests of two forbidden calls, refreshes]
    ['never', 2, 0],
    ['auto', 3, 1],
    ['always', 4, 2],
  ] as const)('of 403 where the rule is %s', async (retryOn403, requests, renewed) => {
    await open({ retryOn403 })
    service.answers = Array.from({ length: 4 }, () => ({ status: 403 }))
    expect([await ask(), await ask()]).toEqual([403, 403])
    expect([service.asked.length, refreshes()]).toEqual([requests, renewed])
  })
})

describe('a service that refuses everybody', () => {
  const wrong = { status: 401, body: { code: 'access_token_invalid' } }
  const ended = { status: 401, body: { code: 'session_ended' } }
  let other: Service
  beforeEach(async () => {
    service.usual = wrong
    other = await openService()
    await open({ apiOrigins: [service.origin, other.origin] })
    return () => other.close()
  })
  const askOther = async (path = '/notes') => (await client.fetch(other.origin + path)).status

  it('costs one refresh, however often it is asked, and leaves the session to the others', async () => {
    for (let call = 0; call < 70; call++) expect(await ask(`/notes/${call}`)).toBe(401)
    expect([refreshes(), service.asked.length, client.snapshot.status]).toEqual([1, 71, 'signed-in'])
    other.answers = [{ status: 401 }]
    expect([await askOther(), refreshes()]).toEqual([200, 2])
    expect(await client.getAccessToken({ force: true })).toMatchObject({ ok: true })
  })

  it('costs no more beside another that does, nor by what it answers well in between', async () => {
    other.usual = { status: 401 }
    for (let call = 0; call < 10; call++) expect([await ask(), await askOther()]).toEqual([401, 401])
    expect(refreshes()).toBe(2)
    for (let call = 0; call < 10; call++) {
      service.answers = [{ status: 200 }]
      expect([await ask('/well'), await ask()]).toEqual([200, 401])
    }
    expect(refreshes()).toBe(2)
  })

  it('is asked again all the same with a token that another service has brought meanwhile', async () => {
    await ask()
    service.asked.length = 0
    let answer = () => {}
    const hold = new Promise<void>((done) => {
      answer = done
    })
    service.answers = [{ ...wrong, hold }]
    const asking = ask()
    await expect.poll(() => service.asked.length).toBe(1)
    await client.getAccessToken({ force: true })
    answer()
    expect([await asking, refreshes()]).toEqual([401, 2])
    expect(service.asked).toEqual(['GET /notes second', 'GET /notes third'])
  })

  it('is one like others again when it has answered what it refused', async () => {
    await ask()
    service.usual = { status: 200 }
    expect(await ask()).toBe(200)
    service.answers = [wrong]
    expect([await ask(), refreshes()]).toEqual([200, 2])
  })

  it('is tried once more when the life of a token is over', async () => {
    let passed = 0
    const clock = () => performance.now() + passed
    await open({ clocks: { wall: clock, steady: clock } })
    for (let call = 0; call < 3; call++) await ask()
    expect(refreshes()).toBe(1)
    passed = 301_000
    for (let call = 0; call < 3; call++) await ask()
    // One because the token was old, and one for the service.
    expect(refreshes()).toBe(3)
  })

  it('is tried for whoever signs in next', async () => {
    await ask()
    await client.signOut()
    await client.signIn.password({
      identifier: `caller${names}@example.com`,
      password: 'a door behind the ivy',
    })
    await ask()
    expect(refreshes()).toBe(2)
  })

  it.each([
    ['another service', () => other],
    ['itself', () => service],
  ])('hides no session that has ended: %s says so, and so it is', async (_who, which) => {
    await ask()
    expect(client.snapshot.status).toBe('signed-in')
    const token = await client.getAccessToken()
    await sallyport.as({ access_token: token.ok ? token.data : '' }).post('/v1/logout/all', {})
    which().answers = [ended]
    await client.fetch(`${which().origin}/notes`)
    expect(client.snapshot).toMatchObject({ status: 'signed-out', user: null })
  })
})
