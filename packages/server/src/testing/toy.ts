// A tiny backend of its own over real HTTP, for what plays transcripts: it knows one wire, and can be told to misbehave
// by the first part of the path, such as /mute/login.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Transcript } from '@sallyport/protocol'

export interface Toy {
  readonly url: string
  /** Requests so far, as `METHOD /path`. */
  readonly requests: string[]
  close(): Promise<void>
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const token = (sub: string, serial: number) =>
  `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub, iat: 1000, exp: 1300, jti: `${serial}` })}.c2ln`

const misdeeds: Readonly<Record<string, (answer: ServerResponse) => void>> = {
  mute: () => {},
  cut: (answer) => {
    answer.writeHead(200, { 'content-length': 100 }).write('{"token":')
    setImmediate(() => answer.destroy())
  },
  rubbish: (answer) => {
    answer.socket?.end('220 mail.example.com ESMTP\r\n')
  },
  huge: (answer) => {
    answer.writeHead(200, { 'content-type': 'application/json' }).end(`"${'x'.repeat(2_000_000)}"`)
  },
  html: (answer) => {
    answer.writeHead(200, { 'content-type': 'text/html' }).end('<h1>\u001b[31mWelcome\u0007</h1>')
  },
  moved: (answer) => {
    answer.writeHead(302, { location: 'http://localhost:1/' }).end()
  },
  odd: (answer) => {
    answer
      .writeHead(200, { 'content-type': 'application/json', 'set-cookie': ['', '=;;', 'x'] })
      .end('[null]')
  },
}

export async function openToy(): Promise<Toy> {
  const requests: string[] = []
  const users = new Map<string, string>()
  let serial = 0
  const server = createServer(async (request, answer) => {
    const { method, url = '/' } = request
    requests.push(`${method} ${url}`)
    const [, first = ''] = url.split('/')
    if (Object.hasOwn(misdeeds, first)) return misdeeds[first]!(answer)
    const say = (status: number, body: object, headers = {}) =>
      answer.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
    let text = ''
    for await (const chunk of request) text += chunk
    if (url === '/me') {
      const name = /(?:^|; )sid=([^;]*)/.exec(request.headers.cookie ?? '')?.[1]
      return name ? say(200, { name, age: 36 }) : say(401, { error: 'who are you?' })
    }
    if (url === '/leave')
      return answer.writeHead(204, { 'set-cookie': 'sid=; Path=/; HttpOnly; Max-Age=0' }).end()
    if (url !== '/login' || method !== 'POST') return say(404, { error: 'nothing here' })
    const { name, password } = JSON.parse(text)
    if ((users.get(name) ?? password) !== password) return say(403, { error: 'no' })
    users.set(name, password)
    serial += 1
    const cookie = `sid=${name}; Path=/; HttpOnly; SameSite=Lax; Max-Age=300`
    return say(200, { token: token(name, serial), left: 300 }, { 'set-cookie': cookie })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

const logIn = { send: 'POST /login', json: { name: '${name}', password: '${password}' } }
const attributes = { Path: '/', HttpOnly: true } as const

/** How the toy is spoken with. */
export const toyTranscript: Transcript = {
  contract: 'toy',
  scenes: [
    {
      title: 'a log-in is remembered by a cookie until one leaves',
      values: { name: 'ada-${unique}', password: 'ivy ${unique}' },
      steps: [
        {
          ...logIn,
          expect: {
            status: 200,
            body: {
              $exactly: {
                token: {
                  $jwt: { header: { alg: 'HS256' }, claims: { sub: '${name}' }, lifetime: 300 },
                },
                left: { $left: 300 },
              },
            },
            cookies: {
              sid: { value: '${name}', attributes: { ...attributes, SameSite: 'Lax', 'Max-Age': 300 } },
            },
            lacks: ['${password}'],
          },
          save: { old: '/token', serial: { match: '"left":(\\d+)' }, type: { header: 'content-type' } },
        },
        { send: 'GET /me', expect: { status: 200, body: { $exactly: { name: '${name}', age: 36 } } } },
        { send: 'GET /me', client: 'another', expect: { status: 401, body: { error: 'who are you?' } } },
        {
          ...logIn,
          cookies: {},
          expect: { status: 200, body: { token: { $not: '${old}' } }, cookies: '$any' },
        },
        {
          send: 'GET /leave',
          expect: {
            status: 204,
            cookies: { sid: { value: '', attributes: { ...attributes, 'Max-Age': 0 } } },
          },
        },
        { send: 'GET /me', expect: { status: 401, body: { error: '$text' } } },
      ],
    },
    {
      title: 'a wrong password is refused',
      values: { name: 'bob-${unique}', password: 'rose' },
      steps: [
        { ...logIn, expect: { status: 200, body: '$any', cookies: '$any' } },
        {
          together: { ...logIn, json: { name: '${name}', password: 'tulip' } },
          times: 3,
          expect: [{ count: 3, status: 403, body: { error: 'no' } }],
        },
      ],
    },
  ],
}
