// What people do on the pages, in a real browser, with scripts and without.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { operate } from '../testing/administrator.js'
import { obstacle, openStage, type Person, type Stage } from './chromium.js'

const password = 'a door behind the ivy'
let stage: Stage
let names = 0

// skipped: where no Chromium is installed; chromium.ts says so aloud, and fails instead where CI is set
describe.skipIf(obstacle)('in a browser', () => {
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage?.close())

  const submit = async ({ page }: Person, text: string) => {
    await page.getByRole('button', { name: text, exact: true }).click()
    // A click is over when the next page has begun; its focus and its script come at the end.
    await page.waitForLoadState()
  }
  const signUp = async (person: Person): Promise<string> => {
    names += 1
    const email = `visitor${names}@example.com`
    await person.page.goto('/sign-up')
    await person.page.getByLabel('Email or username').fill(email)
    await person.page.getByLabel('Password', { exact: true }).fill(password)
    await submit(person, 'Create the account')
    await person.page.waitForURL('**/account')
    return email
  }
  const signIn = async (person: Person, email: string, word = password) => {
    await person.page.goto('/sign-in')
    await person.page.getByLabel('Email or username').fill(email)
    await person.page.getByLabel('Password', { exact: true }).fill(word)
    await submit(person, 'Sign in')
  }
  const at = ({ page }: Person) => new URL(page.url()).pathname

  describe.each([true, false])('with scripts: %s', (scripts) => {
    it('somebody signs up, writes a profile, signs out and in again', async () => {
      const person = await stage.person({ scripts })
      const email = await signUp(person)
      await person.page.getByLabel('Name (optional)', { exact: true }).fill('Ada Lovelace')
      await submit(person, 'Save')
      expect(await person.page.getByRole('status').textContent()).toBe('Your profile is saved.')
      expect(await person.page.getByLabel('Name (optional)', { exact: true }).inputValue()).toBe(
        'Ada Lovelace',
      )
      await submit(person, 'Sign out')
      expect(at(person)).toBe('/signed-out')
      await signIn(person, email)
      expect(at(person)).toBe('/account')
      expect(person.complaints).toEqual([])
    })

    it('a wrong password is said first, has the focus, and leaves what was typed', async () => {
      const person = await stage.person({ scripts })
      const email = await signUp(person)
      await submit(person, 'Sign out')
      await signIn(person, email, 'not the one')
      const alert = person.page.getByRole('alert')
      expect(await alert.textContent()).toContain('That does not match.')
      expect(await person.page.evaluate('document.activeElement.getAttribute("role")')).toBe('alert')
      expect(await person.page.title()).toMatch(/^Error: Sign in/)
      expect(await person.page.getByLabel('Email or username').inputValue()).toBe(email)
      expect(await person.page.getByLabel('Password', { exact: true }).inputValue()).toBe('')
    })

    it('two browsers see each other, and one ends the other', async () => {
      const [here, there] = [await stage.person({ scripts }), await stage.person({ scripts })]
      const email = await signUp(here)
      await signIn(there, email)
      await here.page.goto('/account/sessions')
      const rows = here.page.locator('.sessions li')
      expect(await rows.count()).toBe(2)
      expect(await rows.first().textContent()).toContain('This device')
      await rows.nth(1).getByRole('button').click()
      expect(await here.page.getByRole('status').textContent()).toBe('That session has ended.')
      await there.page.goto('/account')
      expect(at(there)).toBe('/sign-in')
      expect(await there.page.textContent('main')).toContain('Your session has ended.')
      expect([...here.complaints, ...there.complaints]).toEqual([])
    })

    it('a changed password ends the other browser and counts from then on', async () => {
      const [here, there] = [await stage.person({ scripts }), await stage.person({ scripts })]
      const email = await signUp(here)
      await signIn(there, email)
      stage.sallyport.clock.advance(1000)
      await here.page.getByRole('link', { name: 'Password' }).click()
      await here.page.getByLabel('Current password').fill(password)
      await here.page.getByLabel('New password').fill('quite another door')
      await submit(here, 'Change the password')
      expect(await here.page.getByRole('status').textContent()).toContain('The password is changed')
      await there.page.goto('/account/security')
      expect(at(there)).toBe('/sign-in')
      await signIn(there, email, 'quite another door')
      expect(at(there)).toBe('/account')
    })

    it('deleting asks who it is when that was long ago, and comes back to the question', async () => {
      const person = await stage.person({ scripts })
      const email = await signUp(person)
      stage.sallyport.clock.advance(6 * 60_000)
      await person.page.goto('/account')
      await person.page.getByRole('link', { name: 'Delete the account …' }).click()
      await submit(person, 'Delete the account')
      expect(at(person)).toBe('/account/confirm')
      await person.page.getByLabel('Password', { exact: true }).fill(password)
      await submit(person, 'Confirm')
      expect(at(person)).toBe('/account/delete')
      await submit(person, 'Delete the account')
      expect(await person.page.textContent('h1')).toBe('The account is deleted')
      await signIn(person, email)
      expect(await person.page.getByRole('alert').textContent()).toContain('That does not match.')
    })

    it('another language is one click away, and stays', async () => {
      const person = await stage.person({ scripts })
      await person.page.goto('/sign-in')
      await person.page.getByRole('button', { name: '한국어' }).click()
      expect(await person.page.getAttribute('html', 'lang')).toBe('ko')
      await person.page.goto('/sign-up')
      expect(await person.page.getAttribute('html', 'lang')).toBe('ko')
      await person.page.getByRole('button', { name: 'العربية' }).click()
      expect(await person.page.getAttribute('html', 'dir')).toBe('rtl')
      expect(person.complaints).toEqual([])
    })

    it('an application sends somebody to sign in, and gets them back', async () => {
      const other = await openOther()
      try {
        const back = `${other.origin}/notes?id=7&x=%2F`
        const listed = await openStage({ settings: { origins: other.origin } })
        try {
          const person = await listed.person({ scripts })
          const user = await listed.sallyport.signUp()
          await person.page.goto(`/sign-in?return_to=${encodeURIComponent(back)}`)
          expect(await person.page.textContent('.lead')).toContain(new URL(back).host)
          await person.page.getByLabel('Email or username').fill(user.email)
          await person.page.getByLabel('Password', { exact: true }).fill('not the one')
          await submit(person, 'Sign in')
          await person.page.getByLabel('Password', { exact: true }).fill(user.password)
          await submit(person, 'Sign in')
          await person.page.waitForURL(back)
          expect(await person.page.textContent('body')).toBe('the application')
        } finally {
          await listed.close()
        }
      } finally {
        other.close()
      }
    })
  })

  it('an administrator’s link brings its code along, and takes it out of the address', async () => {
    const { token } = await operate(stage.sallyport, 'setup.link')
    const person = await stage.person()
    await person.page.goto(`/setup#${token}`)
    expect(await person.page.getByLabel('One-time code').inputValue()).toBe(token)
    expect(new URL(person.page.url()).hash).toBe('')
    await person.page.getByLabel('Email').fill('root@example.com')
    await person.page.getByLabel('Password', { exact: true }).fill('keeper of all the keys')
    await submit(person, 'Create the administrator')
    expect(await person.page.getByRole('status').textContent()).toBe('You are the administrator now.')
    expect(person.complaints).toEqual([])
  })

  it('a password can be shown, and is hidden again before it is sent', async () => {
    const person = await stage.person()
    await person.page.goto('/sign-in')
    const field = person.page.locator('#password')
    await field.fill('secret words')
    await person.page.getByRole('button', { name: 'Show the password' }).click()
    expect(await field.getAttribute('type')).toBe('text')
    expect(await field.inputValue()).toBe('secret words')
    await person.page.locator('#identifier').fill('nobody@example.com')
    await person.page.evaluate(
      'document.querySelector("form").addEventListener("submit", () => { sessionStorage.type = document.querySelector("#password").type })',
    )
    await submit(person, 'Sign in')
    expect(await person.page.getByRole('alert').isVisible()).toBe(true)
    expect(await person.page.evaluate('sessionStorage.type')).toBe('password')
  })

  it('caps lock is told of while a password is typed', async () => {
    const person = await stage.person()
    await person.page.goto('/sign-in')
    const hint = person.page.locator('[data-caps]')
    expect(await hint.isVisible()).toBe(false)
    const press = (on: boolean) =>
      person.page.evaluate(
        `document.querySelector('#password').dispatchEvent(new KeyboardEvent('keydown', { key: 'A', modifierCapsLock: ${on} }))`,
      )
    await press(true)
    expect(await hint.isVisible()).toBe(true)
    await press(false)
    expect(await hint.isVisible()).toBe(false)
  })

  it('a wait is counted down, and until then nothing is sent', async () => {
    const person = await stage.person()
    const email = await signUp(person)
    await submit(person, 'Sign out')
    // Of the known device: ten tries of its own.
    for (let tries = 0; tries < 11; tries++) {
      await person.page.context().clearCookies({ name: 'sallyport_device' })
      await signIn(person, email, 'not the one')
    }
    expect(await person.page.getByRole('alert').textContent()).toMatch(/Try again in 15 minutes\.1[45]:\d\d/)
    expect(await person.page.getByRole('button', { name: 'Sign in', exact: true }).isDisabled()).toBe(true)
  })
})

/** An application at another origin. */
async function openOther() {
  const { createServer } = await import('node:http')
  const server = createServer((_request, response) => response.end('<body>the application</body>'))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as { port: number }
  return { origin: `http://localhost:${port}`, close: () => server.close() }
}
