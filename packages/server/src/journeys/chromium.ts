// A real browser for the journeys: Debian's Chromium by playwright-core, one process for a file of tests, a context (its
// own cookies) for each person. Where there is no Chromium the journeys are skipped aloud; where CI is set they fail.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { freePort } from '../testing/port.js'
import { type Options, openSallyport, type Sallyport } from '../testing/sallyport.js'

const places = [
  process.env.SALLYPORT_TEST_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]
const found = places.find((path) => path !== undefined && existsSync(path))

/** Why the journeys cannot be made here; undefined where they can. */
export const obstacle: string | undefined =
  found !== undefined || process.env.CI
    ? undefined
    : 'no Chromium is installed (Debian: apt-get install chromium; or name one in SALLYPORT_TEST_CHROMIUM)'
if (obstacle) console.warn(`SKIPPED: journeys through a browser: ${obstacle}`)

export interface Person {
  readonly context: BrowserContext
  readonly page: Page
  /** Requests to any other host than the server's, and what the console complained of. */
  readonly complaints: string[]
}

export interface Look {
  scripts?: boolean
  dark?: boolean
  width?: number
  height?: number
  language?: string
  forcedColours?: boolean
}

export interface Stage {
  readonly sallyport: Sallyport
  readonly url: string
  /** Somebody with a browser of their own. */
  person(look?: Look): Promise<Person>
  close(): Promise<void>
}

// Without these Chromium asks hosts of its maker for updates, which a closed network answers with long waits.
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A server that listens on a free port, and a browser. */
export async function openStage(options: Options = {}): Promise<Stage> {
  const { chromium } = await import('playwright-core')
  if (found === undefined) throw new Error('CI is set, and there is no Chromium: apt-get install chromium')
  const port = await freePort()
  const sallyport = await openSallyport({
    ...options,
    settings: { port: String(port), 'metrics.port': '0', ...options.settings },
  })
  await sallyport.server.listen()
  const home = mkdtempSync(join(tmpdir(), 'sallyport-chromium-'))
  const browser: Browser = await chromium.launch({
    executablePath: found,
    args: flags,
    env: { ...process.env, HOME: home } as Record<string, string>,
  })
  const url = `http://localhost:${port}`
  return {
    sallyport,
    url,
    person: (look) => newPerson(browser, url, look),
    close: async () => {
      await browser.close()
      await sallyport.close()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

async function newPerson(browser: Browser, url: string, look: Look = {}): Promise<Person> {
  const { scripts = true, dark = false, width = 1280, height = 800, language = 'en', forcedColours } = look
  const context = await browser.newContext({
    baseURL: url,
    javaScriptEnabled: scripts,
    colorScheme: dark ? 'dark' : 'light',
    viewport: { width, height },
    locale: language,
    ...(forcedColours && { forcedColors: 'active' as const }),
  })
  const complaints: string[] = []
  context.on('request', (request) => {
    if (new URL(request.url()).origin !== url) complaints.push(`asks ${request.url()}`)
  })
  const page = await context.newPage()
  page.on('console', (message) => {
    // That an answer was a refusal is what many journeys are about.
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  return { context, page, complaints }
}

/** What axe-core finds wrong with a page, a line each; it needs a page with scripts. */
export async function violations(page: Page): Promise<string[]> {
  const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
  const { readFileSync } = await import('node:fs')
  // By the debugging protocol: the page's own policy lets no foreign script in.
  const session = await page.context().newCDPSession(page)
  await session.send('Runtime.evaluate', { expression: readFileSync(axe, 'utf8') })
  const { result } = await session.send('Runtime.evaluate', {
    expression:
      'axe.run({ resultTypes: ["violations"] }).then(({violations}) => JSON.stringify(violations.map(v => v.id + ": " + v.nodes.map(n => n.target.join(" ") + " " + n.failureSummary).join("; "))))',
    awaitPromise: true,
  })
  await session.detach()
  return JSON.parse(String(result.value)) as string[]
}
