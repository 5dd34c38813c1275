// examples/spa as its readers build it, in a real browser, against both wires that it speaks.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { afterEach, describe, expect, it } from 'vitest'
import { type Line, openLine } from '../testing/line.js'
import { newest } from '../testing/mailed.js'
import { type Look, obstacle, openStage, type Stage, violations } from './chromium.js'

const example = fileURLToPath(new URL('../../../../examples/spa/', import.meta.url))
const vite = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin/vite.js')
const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }
const password = 'a door behind the ivy'

let line: Line
let stage: Stage
let close: () => void
let home: string

/** The example, built for this contract and served, beside a server that lets it in. */
async function open(contract: string): Promise<void> {
  line = await openLine(() => Number(new URL(stage.url).port))
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-spa-'))
  await promisify(execFile)(process.execPath, [vite, 'build', example, '--outDir', folder, '--emptyOutDir'], {
    env: { ...process.env, NODE_ENV: 'production', VITE_ISSUER: line.url, VITE_CONTRACT: contract },
  })
  const files = createServer((request, response) => {
    const path = request.url === '/' ? '/index.html' : (request.url ?? '')
    response.setHeader('content-type', types[extname(path)] ?? 'text/plain')
    response.end(readFileSync(join(folder, path)))
  })
  await new Promise<void>((done) => files.listen(0, 'localhost', done))
  home = `http://localhost:${(files.address() as AddressInfo).port}`
  close = () => {
    files.close()
    rmSync(folder, { recursive: true })
  }
  stage = await openStage({
    settings: { issuer: line.url, origins: home, ...(contract !== 'native' && { contracts: contract }) },
  })
}

afterEach(async () => {
  await stage?.close()
  await line?.close()
  close?.()
})

async function visit(look?: Look): Promise<Page> {
  const { page } = await stage.person(look)
  await page.goto(home)
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  return page
}

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
const fill = (page: Page, label: string, text: string) => page.getByLabel(label, { exact: true }).fill(text)
const later = (seconds: number) => stage.sallyport.clock.advance(seconds * 1000)

async function asks(page: Page): Promise<string | null> {
  line.seen.length = 0
  await press(page, 'Ask the service')
  const said = page.locator('.said')
  await expect.poll(() => said.textContent()).not.toMatch('Asking')
  return said.textContent()
}

// skipped: where no Chromium is installed; chromium.ts says so aloud, and fails instead where CI is set
describe.skipIf(obstacle)('the example of a single-page application', () => {
  it('goes on past an expired token and a page that is loaded again, and ends with the session', async () => {
    await open('native')
    const page = await visit()
    await press(page, 'I am new here')
    await fill(page, 'Email', 'ada@example.com')
    await fill(page, 'Password', password)
    await press(page, 'Create the account')
    await page.getByRole('heading', { name: 'Hello, ada@example.com' }).waitFor()
    expect(await asks(page)).toBe('The service knows you as ada@example.com.')
    later(301)
    expect(await asks(page)).toBe('The service knows you as ada@example.com.')
    expect(line.seen.filter((one) => !one.startsWith('OPTIONS'))).toEqual([
      'GET /v1/me 401',
      'POST /v1/refresh 200',
      'GET /v1/me 200',
    ])
    await page.reload()
    await page.getByRole('heading', { name: 'Hello, ada@example.com' }).waitFor()
    await elsewhere()
    await press(page, 'Ask the service')
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await fill(page, 'Email', 'ada@example.com')
    await fill(page, 'Password', 'not the one')
    await press(page, 'Sign in')
    expect(await page.getByRole('alert').textContent()).toContain('That does not match.')
    expect(await violations(page)).toEqual([])
  })

  /** The owner signs out everywhere, on another device. */
  async function elsewhere(): Promise<void> {
    const browser = stage.sallyport.browser()
    const { json } = await browser.post('/v1/login', { identifier: 'ada@example.com', password })
    await stage.sallyport.as(json as { access_token: string }).post('/v1/logout/all', {})
  }

  it('speaks StariFoto’s wire: a 403 is one refresh and one retry, only a refused refresh the way out', async () => {
    await open('starifoto')
    const page = await visit({ dark: true, width: 390, height: 800 })
    await press(page, 'I am new here')
    await fill(page, 'Email', 'ada@example.com')
    await fill(page, 'Name', 'Ada')
    await fill(page, 'Password', password)
    await press(page, 'Create the account')
    expect(await page.getByRole('status').textContent()).toContain('We have sent you a mail.')
    await fill(page, 'Email', 'ada@example.com')
    await fill(page, 'Password', password)
    await press(page, 'Sign in')
    expect(await page.getByRole('alert').textContent()).toContain('Please follow the link')
    const token = new URL((await newest(stage.sallyport, 'ada@example.com')).link).searchParams.get('token')
    await stage.sallyport.browser().post('/api/auth/email/confirm', { token })
    await press(page, 'Sign in')
    await page.getByRole('heading', { name: 'Hello, Ada' }).waitFor()
    expect(await violations(page)).toEqual([])
    later(86_401)
    expect(await asks(page)).toBe('The service knows you as Ada.')
    expect(line.seen.filter((one) => !one.startsWith('OPTIONS'))).toEqual([
      'GET /api/user/me 403',
      'POST /api/auth/refresh 200',
      'GET /api/user/me 200',
    ])
    await staysWhenRefused(page)
    later(604_801)
    await press(page, 'Ask the service')
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  })

  /** Whether somebody may not do this or the service is out of order: a session that can be renewed goes on. */
  async function staysWhenRefused(page: Page): Promise<void> {
    for (const message of ['Access Denied', 'Failed to authenticate. Token is invalid or expired.']) {
      const instead = { status: 403, type: 'application/json', body: JSON.stringify({ message }) }
      for (let twice = 0; twice < 2; twice++) line.next('/api/user/me', { instead })
      expect(await asks(page)).toBe('The service answered 403.')
      expect(line.seen.filter((one) => !one.startsWith('OPTIONS'))).toEqual(['POST /api/auth/refresh 200'])
      expect(await page.getByRole('heading', { name: 'Hello, Ada' }).isVisible()).toBe(true)
      expect(await asks(page)).toBe('The service knows you as Ada.')
    }
  }
})
