import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Home, hasTerminals, makeHome } from '../testing/program.js'

let home: Home
beforeEach(() => {
  home = makeHome()
})
afterEach(() => home.remove())

const hint = 'no administrator yet: sallyport admin link'
const started = 'Ctrl-C stops it.'
const link =
  /^ {2}► Create the administrator \(once, 15 min\): (http:\/\/localhost:\d+)\/setup#([\w-]{43})\r?\n/m
const email = 'root@example.test'
const password = 'a door behind the ivy'

function post(url: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return fetch(url, { method: 'POST', body: JSON.stringify(body), headers })
}

// skipped: terminals are made by the `script` of util-linux, which this machine lacks
test.skipIf(!hasTerminals)(
  'whoever starts the development server at a terminal is handed the link for the first administrator',
  async () => {
    const server = home.onTerminal(['dev', '--port', '0'], { NO_COLOR: '1' })
    const out = await server.saying(started)
    const [, issuer, token] = link.exec(out)!
    expect(out).not.toContain(hint)
    expect((await post(`${issuer}/v1/setup`, { token, email, password })).status).toBe(200)
    expect((await post(`${issuer}/v1/setup`, { token, email, password })).status).toBe(401)
    server.child.stdin!.write('\u0003')
    expect((await server.ended).code).toBe(0)
    const again = home.onTerminal(['dev', '--port', '0'])
    expect(await again.saying(started)).not.toContain('administrator')
    again.child.stdin!.write('\u0003')
    expect((await again.ended).code).toBe(0)
  },
)

test('a development server whose output goes elsewhere tells no link, only how to get one', async () => {
  const server = home.sallyport(['dev', '--port', '0'])
  const out = await server.saying(started)
  expect(out.trimEnd().split('\n').at(-1)).toBe(`  ► ${hint}`)
  expect(out).not.toContain('/setup#')
  server.child.kill('SIGINT')
  await server.ended
})

test('nothing is said where an administrator was made by name', async () => {
  const env = { SALLYPORT_SECRET: '0123456789abcdef'.repeat(4), SALLYPORT_ISSUER: 'http://localhost:9' }
  await home.run(['migrate'], env)
  const asked = ['user', 'create', '--username', 'ada', '--role', 'admin', '--no-password']
  expect((await home.run(asked, env)).code).toBe(0)
  const server = home.sallyport(['dev', '--port', '0'], env)
  expect(await server.saying(started)).not.toContain('administrator')
  server.child.kill('SIGINT')
  await server.ended
})
