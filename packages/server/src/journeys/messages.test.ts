// What people do with what a message brought, in a real browser, with scripts and without.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { obstacle, openStage, type Person, type Stage } from './chromium.js'

const password = 'a door behind the ivy'
let stage: Stage
let names = 0

// skipped: where no Chromium is installed; chromium.ts says so aloud, and fails instead where CI is set
describe.skipIf(obstacle).each([true, false])('with scripts: %s', (scripts) => {
  beforeAll(async () => {
    stage = await openStage({ settings: { 'signup.require-verified': 'true' } })
  })
  afterAll(() => stage?.close())

  const at = ({ page }: Person) => new URL(page.url()).pathname
  const submit = ({ page }: Person) => page.locator('main button.primary').first().click()
  const newest = async (to: string) =>
    (await stage.sallyport.mail(to))[0]!.facts as { code: string; link: string }
  const follow = async ({ page }: Person, to: string) => {
    const { pathname, search } = new URL((await newest(to)).link)
    await page.goto(pathname + search)
  }
  const signUp = async (person: Person): Promise<string> => {
    names += 1
    const email = `reader${names}@example.com`
    await person.page.goto('/sign-up')
    await person.page.locator('#identifier').fill(email)
    await person.page.locator('#password').fill(password)
    await submit(person)
    await person.page.waitForURL('**/verify')
    return email
  }
  const prove = async (person: Person, email: string) => {
    const { code } = await newest(email)
    await person.page.locator('#code').pressSequentially(`${code.slice(0, 3)}-${code.slice(3)}`)
    // The last digit sends a form that has nothing else to fill in.
    if (!scripts) await submit(person)
    await person.page.waitForURL('**/account?done=verified')
  }

  it('an address is proven by its code', async () => {
    const person = await stage.person({ scripts })
    const email = await signUp(person)
    await prove(person, email)
    expect(await person.page.getByRole('status').textContent()).toBe('Your email address is proven.')
    expect(person.complaints).toEqual([])
  })

  it('an address is proven by its link and one button, and the link is good no longer', async () => {
    const person = await stage.person({ scripts })
    const email = await signUp(person)
    await follow(person, email)
    await submit(person)
    expect(at(person)).toBe('/account')
    await follow(person, email)
    expect(await person.page.textContent('h1')).toBe('This link is no longer good')
    expect(person.complaints).toEqual([])
  })

  it('another message can be asked for after a while, and not before', async () => {
    const person = await stage.person({ scripts })
    await signUp(person)
    const button = person.page.getByRole('button', { name: /^Send another one/ })
    expect(await button.isDisabled()).toBe(scripts)
    expect(await button.textContent()).toMatch(scripts ? /^Send another one \(\d+\)$/ : /^Send another one$/)
  })

  it('a forgotten password is replaced by the link, in another browser', async () => {
    const [here, there] = [await stage.person({ scripts }), await stage.person({ scripts })]
    const email = await signUp(here)
    await prove(here, email)
    await there.page.goto('/sign-in')
    await there.page.getByRole('link', { name: 'Forgot the password?' }).click()
    await there.page.locator('#email').fill(email)
    await submit(there)
    await follow(there, email)
    await there.page.locator('#new_password').fill('a gate below the oak')
    await submit(there)
    expect(await there.page.getByRole('status').textContent()).toContain('The new password is set.')
    await here.page.goto('/account')
    expect(at(here)).toBe('/sign-in')
    expect([...here.complaints, ...there.complaints]).toEqual([])
  })

  it('a link signs in where it was asked for, and nowhere else', async () => {
    const [here, there] = [await stage.person({ scripts }), await stage.person({ scripts })]
    const email = await signUp(here)
    await prove(here, email)
    await here.page.getByRole('button', { name: 'Sign out' }).click()
    await here.page.goto('/sign-in')
    await here.page.getByRole('link', { name: 'Sign in with a code instead' }).click()
    await here.page.locator('#identifier').or(here.page.locator('#email')).fill(email)
    await submit(here)
    await follow(there, email)
    expect(await there.page.textContent('main')).toContain('This link was asked for in another browser.')
    await follow(here, email)
    await submit(here)
    expect(at(here)).toBe('/account')
    expect([...here.complaints, ...there.complaints]).toEqual([])
  })
})
