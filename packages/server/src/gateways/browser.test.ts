// Somebody in a real browser who goes to an application behind nginx, signs in on the way, and signs out again.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { obstacle as noBrowser, openStage, type Person, type Stage } from '../journeys/chromium.js'
import { freePort } from '../testing/port.js'
import { behind, type Front, obstacleOf, openFront } from './stage.js'

const password = 'a door behind the ivy'
let stage: Stage
let front: Front
let home: string

// skipped: where no Chromium or no nginx is installed; both say so aloud, and fail instead where CI is set
describe.skipIf(noBrowser || obstacleOf('nginx'))('in a browser, behind nginx', () => {
  beforeAll(async () => {
    const port = await freePort()
    home = `http://localhost:${port}`
    const settings = { ...behind(port), 'gate.hosts': `localhost:${port},app.localhost:${port}` }
    stage = await openStage({ settings })
    front = await openFront('nginx', Number(new URL(stage.url).port), port)
    await stage.sallyport.signUp({ email: 'ada@example.com', password })
  })
  afterAll(async () => {
    await front?.close()
    await stage?.close()
  })

  const signIn = async ({ page }: Person) => {
    await page.getByLabel('Email or username').fill('ada@example.com')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  }

  it.each([true, false])(
    'signing in leads back to the application, with the query (scripts: %s)',
    async (scripts) => {
      const person = await stage.person({ scripts })
      const address = `${home}/where?q=%EA%B9%80&a=1&b=%26x%3D2`
      await person.page.goto(address)
      expect(new URL(person.page.url()).pathname).toBe('/sign-in')
      expect(front.reached).toEqual([])
      await signIn(person)
      await person.page.waitForURL(address)
      expect(await person.page.textContent('body')).toBe('the application')
      expect(front.reached.map(({ url }) => url)).toContain('/where?q=%EA%B9%80&a=1&b=%26x%3D2')
      const asked = await person.page.evaluate(() => fetch('/data').then(({ status }) => status))
      expect(asked).toBe(200)
      await person.page.goto(`${stage.url}/account`)
      await person.page.getByRole('button', { name: 'Sign out', exact: true }).click()
      front.reached.length = 0
      await person.page.goto(address)
      expect(new URL(person.page.url()).pathname).toBe('/sign-in')
      expect(front.reached).toEqual([])
    },
  )

  it('signing in works on a host of another domain, and a strange code signs nobody in', async () => {
    const { port } = new URL(home)
    const there = `http://app.localhost:${port}`
    const [person, other] = [await stage.person(), await stage.person()]
    const address = `${there}/where?q=%EA%B9%80&a=1&b=%26x%3D2`
    const seen: string[] = []
    person.page.on('request', (request) => seen.push(request.url()))
    await person.page.goto(address)
    expect(new URL(person.page.url()).origin).toBe(stage.url)
    expect(await person.page.textContent('body')).toContain(`app.localhost:${port}`)
    await signIn(person)
    await person.page.waitForURL(address)
    expect(await person.page.textContent('body')).toBe('the application')
    const cookies = await person.context.cookies(there)
    expect(cookies.map(({ name }) => name).sort()).toEqual(['sallyport_gate', 'sallyport_start'])
    // What an attacker would send: the end of the way, in a browser that did not begin it.
    await person.context.clearCookies({ name: 'sallyport_gate' })
    await person.context.route(/callback/, (route) => route.abort())
    await person.page.goto(address).catch(() => {})
    await other.page.goto(seen.findLast((url) => url.includes('/callback?code='))!)
    expect(await other.page.textContent('body')).toContain('Signing in was not completed')
    expect((await other.context.cookies(there)).length).toBe(0)
    await other.page.getByRole('link').click()
    expect(new URL(other.page.url()).pathname).toBe('/sign-in')
  })

  it('whoever lacks a role is told which account it is', async () => {
    const person = await stage.person()
    await person.page.goto(`${home}/where`)
    await signIn(person)
    await person.page.waitForURL(`${home}/where`)
    await person.page.goto(`${home}/admin`)
    expect(new URL(person.page.url()).pathname).toBe('/no-access')
    expect(await person.page.textContent('body')).toContain('ada@example.com')
  })
})
