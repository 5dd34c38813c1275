// The middleware for Next in Next itself: an application as the README has it, served by `next dev`. Next is 341 MB, so it
// is none of this repository's dependencies: SALLYPORT_TEST_NEXT names a folder in which it is installed, as .ci/run does.
// Without one these tests are skipped aloud; where CI is set they fail.
import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testTokens } from './testing.js'

const folder = process.env.SALLYPORT_TEST_NEXT
const program = folder === undefined ? '' : join(folder, 'node_modules/next/dist/bin/next')
const remedy = 'SALLYPORT_TEST_NEXT names no folder with Next in it (npm install next react react-dom)'
const obstacle = folder !== undefined || process.env.CI ? undefined : remedy
if (obstacle) console.warn(`SKIPPED: the middleware for Next in Next itself: ${obstacle}`)

const issuer = 'https://auth.test'
const tokens = testTokens({ issuer, audience: 'notes-api' })
const guarded = (runtime: string) => `import { withAuth } from '../../auth.js'
${runtime}
export const GET = withAuth({ scope: 'notes:read' }, (req, auth) => Response.json({ owner: auth.userId }))
`
const application: Record<string, string> = {
  'package.json': '{ "private": true, "type": "module" }',
  'auth.js': `import { sallyport } from '@sallyport/verify/next'
export const { withAuth, redirectMiddleware } = sallyport({
  ...JSON.parse(process.env.SALLYPORT_SETTINGS), cookie: { name: 'sallyport_access' },
})
`,
  'proxy.js': `export { redirectMiddleware as proxy } from './auth.js'
export const config = { matcher: ['/page', '/guarded-twice'] }
`,
  'app/layout.js':
    'export default function Layout({ children }) { return <html lang="en"><body>{children}</body></html> }',
  'app/page/page.js': 'export default function Page() { return <p>the page</p> }',
  'app/notes/route.js': guarded(''),
  'app/guarded-twice/route.js': guarded(''),
  'app/edge/route.js': guarded("export const runtime = 'edge'"),
}

// skipped: where no folder with Next is named; said aloud above, and fails instead where CI is set
describe.skipIf(obstacle)('in Next itself', () => {
  let child: ChildProcess | undefined
  let home: string
  let url: string

  beforeAll(async () => {
    if (!existsSync(program)) throw new Error(remedy)
    home = mkdtempSync(join(folder as string, 'application-'))
    for (const [name, text] of Object.entries(application)) {
      mkdirSync(dirname(join(home, name)), { recursive: true })
      writeFileSync(join(home, name), text)
    }
    // As npm would have put it there: the published files alone.
    const own = fileURLToPath(new URL('..', import.meta.url))
    for (const name of ['package.json', 'dist'])
      cpSync(join(own, name), join(home, 'node_modules/@sallyport/verify', name), { recursive: true })
    const port = await freePort()
    url = `http://localhost:${port}`
    child = await serve(home, port)
  })
  afterAll(async () => {
    await stop(child)
    if (home !== undefined) rmSync(home, { recursive: true, force: true })
  })

  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(url + path, { headers, redirect: 'manual' })
    const text = await answer.text()
    return {
      status: answer.status,
      headers: answer.headers,
      json: text.startsWith('{') ? JSON.parse(text) : text,
    }
  }

  it.each(['/notes', '/edge'])('a route handler is for whom the guard lets pass alone (%s)', async (path) => {
    const good = await ask(path, tokens.headers({ sub: 'ada', scope: 'notes:read' }))
    expect([good.status, good.json]).toEqual([200, { owner: 'ada' }])
    const none = await ask(path)
    expect([none.status, none.json.code]).toEqual([401, 'token_missing'])
    expect(none.headers.get('www-authenticate')).toBe('Bearer')
    expect(none.headers.get('content-type')).toContain('application/problem+json')
    const lacking = await ask(path, tokens.headers())
    expect([lacking.status, lacking.json.code]).toEqual([403, 'forbidden'])
    for (const token of [tokens.forged(), tokens.expired(), tokens.wrongAudience(), tokens.wrongType()])
      expect((await ask(path, { authorization: `Bearer ${token}` })).status).toBe(401)
  })

  it('the middleware sends whoever has no good token to sign in, and back', async () => {
    const away = await ask('/page?a=1')
    expect(away.status).toBe(303)
    const to = new URL(away.headers.get('location') as string)
    expect([to.origin, to.pathname]).toEqual([issuer, '/sign-in'])
    expect(to.searchParams.get('return_to')).toBe(`${url}/page?a=1`)
    const good = await ask('/page', { cookie: `sallyport_access=${tokens.token()}` })
    expect([good.status, String(good.json).includes('the page')]).toEqual([200, true])
    expect((await ask('/page', { cookie: `sallyport_access=${tokens.expired()}` })).status).toBe(303)
  })

  it('a handler stays closed where somebody gets past the middleware (CVE-2025-29927)', async () => {
    const step = ['proxy', 'middleware', 'src/middleware'].map((name) => Array(5).fill(name).join(':'))
    for (const subrequest of step) {
      const told = await ask('/guarded-twice', { 'x-middleware-subrequest': subrequest })
      expect([200, 500]).not.toContain(told.status)
    }
    expect((await ask('/notes', { 'x-middleware-subrequest': step[0] as string })).status).toBe(401)
  })
})

async function serve(home: string, port: number): Promise<ChildProcess> {
  const settings = { issuer, audience: 'notes-api', keys: tokens.settings.keys }
  const env = { ...process.env, SALLYPORT_SETTINGS: JSON.stringify(settings), NEXT_TELEMETRY_DISABLED: '1' }
  const args = [program, 'dev', '--hostname', 'localhost', '--port', String(port)]
  const child = spawn(process.execPath, args, { cwd: home, env, stdio: 'pipe', detached: true })
  let said = ''
  const ready = new Promise<void>((done, fail) => {
    const note = (data: unknown) => {
      said = (said + String(data)).slice(-4000)
      if (said.includes('Ready in')) done()
    }
    child.stdout.on('data', note)
    child.stderr.on('data', note)
    child.once('exit', () => fail(new Error(`next dev ended: ${said}`)))
  })
  await ready
  return child
}

/** Next's workers are in the group of the process that it was started as. */
async function stop(child: ChildProcess | undefined): Promise<void> {
  if (child?.pid === undefined || child.exitCode !== null) return
  const ended = new Promise((done) => child.once('exit', done))
  process.kill(-child.pid, 'SIGKILL')
  await ended
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done))
  const { port } = probe.address() as AddressInfo
  await new Promise((done) => probe.close(done))
  return port
}
