// What people do with their account on its pages: profile, password, sessions, confirming, leaving, languages.
import { afterEach, describe, expect, it } from 'vitest'
import { type Options, openSallyport, type Sallyport } from '../testing/sallyport.js'
import { told } from '../testing/told.js'
import { createVisitor, ours, type Visitor } from '../testing/visitor.js'

let open: Sallyport | undefined
afterEach(() => open?.close())

const password = 'a door behind the ivy'
const start = async (options: Options = {}): Promise<Visitor> => {
  open = await openSallyport(options)
  const visitor = createVisitor(open)
  await visitor.look('/sign-up')
  await visitor.send('/sign-up', { identifier: 'ada@example.com', password, name: 'Ada' })
  return visitor
}
const signIn = async (word = password): Promise<Visitor> => {
  const visitor = createVisitor(open!)
  await visitor.look('/sign-in')
  await visitor.send('/sign-in', { identifier: 'ada@example.com', password: word })
  return visitor
}
const me = async (visitor: Visitor) => (await visitor.browser.get('/v1/me')).json

describe('the profile', () => {
  it('is changed by what was typed, and what was emptied is taken away', async () => {
    const visitor = await start()
    const picture = 'https://pictures.example/ada.png'
    await visitor.send('/account', { name: 'Ada L.', preferred_username: 'ada', picture, locale: 'ko' })
    expect(visitor.at.path).toBe('/account?done=profile')
    expect(await me(visitor)).toMatchObject({
      name: 'Ada L.',
      preferred_username: 'ada',
      picture,
      locale: 'ko',
    })
    expect(visitor.at.answer.text).toContain('<html lang="ko"')
    await visitor.send('/account', { name: '', picture: '', locale: '' })
    const after = await me(visitor)
    expect(after).not.toHaveProperty('name')
    expect(after).not.toHaveProperty('picture')
    expect(after.preferred_username).toBe('ada')
  })

  it('keeps what was typed where it is refused, and says at which field', async () => {
    const visitor = await start()
    const answer = await visitor.send('/account', { name: 'Grace', picture: 'http://plain.example/x.png' })
    expect(answer.status).toBe(400)
    expect(answer.text).toContain('href="#picture"')
    expect(visitor.forms().find(({ action }) => action === '/account')!.fields).toMatchObject({
      name: 'Grace',
      picture: 'http://plain.example/x.png',
    })
    expect((await me(visitor)).name).toBe('Ada')
  })

  it('takes no member that is not its own, whatever the form holds', async () => {
    const visitor = await start()
    const more = {
      roles: 'admin',
      email: 'eve@example.com',
      email_verified: 'true',
      status: 'disabled',
      id: 'x',
    }
    await visitor.send('/account', { name: 'Ada', ...more })
    expect(await me(visitor)).toMatchObject({ roles: [], email: 'ada@example.com', email_verified: false })
  })

  it('shows no picture from elsewhere: nobody hears from us who looks at an account', async () => {
    const visitor = await start()
    await visitor.send('/account', { picture: 'https://spy.example/pixel.png' })
    expect(visitor.at.answer.text).not.toMatch(/<img/)
  })
})

describe('the password', () => {
  it('is changed with the old one, and ends every other session', async () => {
    const visitor = await start()
    const other = await signIn()
    await visitor.look('/account/security')
    open!.clock.advance(1000)
    await visitor.send('/account/security', { current_password: password, new_password: 'quite another one' })
    expect(visitor.at.path).toBe('/account/security?done=password')
    expect(visitor.at.answer.text).toContain('The password is changed')
    await other.look('/account')
    expect(other.at.path).toMatch(/^\/sign-in/)
    expect((await signIn('quite another one')).at.path).toBe('/account')
  })

  it('is not changed with a wrong one or for a bad one, each said at its field', async () => {
    const visitor = await start()
    await visitor.look('/account/security')
    const wrong = { current_password: 'not the one', new_password: 'quite another one' }
    const refused = await visitor.send('/account/security', wrong)
    expect(refused.status).toBe(401)
    expect(refused.text).toContain('href="#current_password"')
    expect(refused.text).not.toContain('quite another one')
    const common = { current_password: password, new_password: 'password1' }
    const easy = await visitor.send('/account/security', common)
    expect(easy.status).toBe(422)
    expect(easy.text).toContain('href="#new_password"')
    expect((await signIn()).at.path).toBe('/account')
  })

  it('is found by password managers', async () => {
    const visitor = await start()
    const answer = await visitor.browser.get('/.well-known/change-password')
    expect(answer.status).toBe(303)
    expect(answer.headers.location).toBe('/account/security#password')
    const unknown = await visitor.browser.get(
      '/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200',
    )
    expect(unknown.status).toBe(404)
  })
})

describe('sessions', () => {
  const chrome = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36'

  it('stand with this device first, in words, and one of the others can be ended', async () => {
    const visitor = await start()
    const far = open!.browser()
    const body = { identifier: 'ada@example.com', password }
    open!.clock.advance(3 * 3_600_000)
    const tokens = (await far.post('/v1/login', body, { 'user-agent': chrome })).json
    const { text } = await visitor.look('/account/sessions')
    expect(text.indexOf('This device')).toBeLessThan(text.indexOf('Chrome on Windows'))
    expect(text).toContain('3 hours ago')
    await visitor.send('/account/sessions', { id: tokens.session_id })
    expect(visitor.at.answer.text).toContain('That session has ended.')
    expect(told(await open!.as(tokens).get('/v1/me'))).toBe('401 session_ended')
    expect(visitor.at.answer.text).toContain('You are signed in nowhere else.')
  })

  it('of the others are all ended at once, and this one goes on', async () => {
    const visitor = await start()
    const others = [await signIn(), await signIn()]
    await visitor.look('/account/sessions')
    open!.clock.advance(1000)
    const form = visitor.forms().find(({ action, fields }) => action === '/account/sessions' && !fields.id)!
    const body = new URLSearchParams(form.fields).toString()
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await visitor.browser.send('POST', '/account/sessions', body, { ...ours, ...type })
    expect(answer.headers.location).toBe('/account/sessions?done=others')
    for (const other of others) {
      await other.look('/account')
      expect(other.at.path).toMatch(/^\/sign-in/)
    }
    expect((await visitor.look('/account')).status).toBe(200)
  })

  it('of other people cannot be ended, and look like sessions that are not there', async () => {
    const visitor = await start()
    const eve = await open!.signUp()
    await signIn()
    await visitor.look('/account/sessions')
    const foreign = await visitor.send('/account/sessions', { id: eve.session_id })
    expect(foreign.status).toBe(404)
    const words = /role="alert"[\s\S]*?<\/div>/
    const unknown = await visitor.send('/account/sessions', { id: '0190a000-0000-7000-8000-000000000000' })
    expect(words.exec(unknown.text)![0]).toBe(words.exec(foreign.text)![0])
    expect(told(await open!.as(eve).get('/v1/me'))).toBe('200')
  })
})

describe('leaving', () => {
  it('by signing out ends the session everywhere, and can be done twice', async () => {
    const visitor = await start()
    const kept = visitor.browser.cookies.get('sallyport_page')!
    const { fields } = visitor.forms().find(({ action }) => action === '/sign-out')!
    await visitor.send('/sign-out')
    expect(visitor.at.path).toBe('/signed-out')
    expect([...visitor.browser.cookies.keys()].sort()).toEqual([
      'sallyport_device',
      'sallyport_form',
      'sallyport_return',
    ])
    const again = await open!.browser().get('/account', { cookie: `sallyport_page=${kept}` })
    expect(again.status).toBe(303)
    const body = new URLSearchParams(fields).toString()
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    const twice = await visitor.browser.send('POST', '/sign-out', body, { ...ours, ...type })
    expect(twice.headers.location).toBe('/signed-out')
  })

  it('by deleting the account asks for a recent proof first, and comes back to the question', async () => {
    const visitor = await start()
    open!.clock.advance(6 * 60_000)
    await visitor.look('/account/delete')
    await visitor.send('/account/delete')
    expect(visitor.at.path).toMatch(/^\/account\/confirm\?pending=/)
    expect(visitor.at.answer.text).toContain('You are about to delete your account.')
    expect((await visitor.send('/account/confirm', { password: 'not the one' })).status).toBe(401)
    await visitor.send('/account/confirm', { password })
    expect(visitor.at.path).toMatch(/^\/account\/delete\?pending=/)
    expect(visitor.at.answer.text).toContain('You can go on now.')
    await visitor.send('/account/delete')
    expect(visitor.at.path).toBe('/signed-out?done=deleted')
    expect(visitor.browser.cookies.has('sallyport_page')).toBe(false)
    expect((await signIn()).at.answer.status).toBe(401)
  })

  it('by an expired form is said not to have worked, with a button that does', async () => {
    const visitor = await start()
    open!.clock.advance(13 * 3_600_000)
    const answer = await visitor.send('/sign-out')
    expect(answer.status).toBe(400)
    expect(answer.text).toContain('This page had been open for long.')
    await visitor.send('/sign-out')
    expect(visitor.at.path).toBe('/signed-out')
  })

  it('needs a form that was shown to who is signed in now, not to who was before', async () => {
    const visitor = await start()
    await visitor.look('/account/delete')
    const { fields } = visitor.forms().find(({ action }) => action === '/account/delete')!
    const bob = await open!.signUp()
    const body = { identifier: bob.email, password: bob.password, transport: 'cookie' }
    expect((await visitor.browser.post('/v1/login', body, ours)).status).toBe(200)
    const form = new URLSearchParams(fields).toString()
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await visitor.browser.send('POST', '/account/delete', form, { ...ours, ...type })).status).toBe(
      400,
    )
    expect(told(await open!.as(bob).get('/v1/me'))).toBe('200')
  })

  it('cannot be confirmed for somebody else: what was pending counts for whom it was begun', async () => {
    const visitor = await start()
    open!.clock.advance(6 * 60_000)
    await visitor.look('/account/delete')
    await visitor.send('/account/delete')
    const pending = visitor.at.path
    const eve = createVisitor(open!)
    await eve.look('/sign-up')
    await eve.send('/sign-up', { identifier: 'eve@example.com', password })
    expect((await eve.look(pending)).text).toContain('needs a recent proof')
  })
})

describe('the first administrator', () => {
  it('is made on the page that the link leads to, once', async () => {
    const visitor = await start()
    const { operate } = await import('../testing/administrator.js')
    const { token } = await operate(open!, 'setup.link')
    const root = createVisitor(open!)
    await root.look('/setup')
    const fields = { token, email: 'root@example.com', password: 'keeper of all the keys' }
    const short = await root.send('/setup', { ...fields, password: 'short' })
    expect(short.status).toBe(422)
    expect(short.text).toContain('value="root@example.com"')
    expect(short.text).toContain(`value="${token}"`)
    await root.send('/setup', fields)
    expect(root.at.path).toBe('/account?done=setup')
    expect((await me(root)).roles).toEqual(['admin'])
    await visitor.look('/setup')
    const late = await visitor.send('/setup', { ...fields, email: 'eve@example.com' })
    expect(late.status).toBe(401)
  })
})

describe('the language', () => {
  const of = (html: string) => /<html lang="(\w+)" dir="(\w+)"/.exec(html)!.slice(1).join(' ')

  it('is the chosen one, then the user’s, then what the link asks for, then the browser’s', async () => {
    const visitor = await start()
    const headers = { 'accept-language': 'fr, uk;q=0.9, ko;q=0.5' }
    const stranger = createVisitor(open!)
    expect(of((await stranger.look('/sign-in', headers)).text)).toBe('uk ltr')
    expect(of((await stranger.look('/sign-in?ui_locales=ko-KR en', headers)).text)).toBe('ko ltr')
    await stranger.send('/language', { language: 'ar' })
    expect(of(stranger.at.answer.text)).toBe('ar rtl')
    expect(of((await stranger.look('/sign-in?ui_locales=ko', headers)).text)).toBe('ar rtl')
    await visitor.send('/account', { locale: 'ko' })
    expect(of((await visitor.look('/account', headers)).text)).toBe('ko ltr')
  })

  it('that a profile is given counts from then on, also where this browser had another one', async () => {
    const visitor = await start()
    await visitor.send('/language', { language: 'uk' })
    expect(of(visitor.at.answer.text)).toBe('uk ltr')
    await visitor.send('/account', { locale: 'ko' })
    expect(of(visitor.at.answer.text)).toBe('ko ltr')
  })

  it('leads nowhere but to pages of ours', async () => {
    const visitor = await start()
    for (const back of ['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:1']) {
      await visitor.look('/sign-in')
      await visitor.send('/language', { language: 'ko', back })
      expect(visitor.at.path).toBe('/account')
    }
  })

  it('has no switch where there is one alone, and English is not forced on anybody', async () => {
    const visitor = await start({ settings: { 'pages.languages': 'ko' } })
    const { text } = await visitor.look('/account', { 'accept-language': 'en' })
    expect(of(text)).toBe('ko ltr')
    expect(text).not.toContain('action="/language"')
  })
})

describe('what else stands there', () => {
  it('no access names the account and offers another one', async () => {
    const visitor = await start()
    const { status, text } = await visitor.look('/no-access')
    expect(status).toBe(403)
    expect(text).toContain('Account: ada@example.com')
    await visitor.send('/sign-out')
    expect(visitor.at.path).toBe('/sign-in')
  })

  it('an error has a page, with the id by which the log knows it; an unknown one has none', async () => {
    const visitor = await start()
    const answer = await visitor.look('/error/too_many_requests')
    expect(answer.status).toBe(200)
    expect(answer.text).toContain(String(answer.headers['x-request-id']))
    expect((await visitor.look('/error/nonsense')).status).toBe(404)
    expect((await visitor.look('/error/__proto__')).status).toBe(404)
  })

  it('the front door tells in development what runs where', async () => {
    const visitor = await start()
    const { text } = await visitor.look('/')
    for (const place of ['/sign-in', '/docs', '/openapi.json', '/readyz', 'npx sallyport admin link'])
      expect(text).toContain(place)
  })

  it('a lost page speaks the chosen language, and leaves the forms of other tabs good', async () => {
    const visitor = await start()
    await visitor.send('/language', { language: 'ko' })
    const before = visitor.browser.cookies.get('sallyport_form')
    expect((await visitor.look('/nothing-here')).text).toContain('<html lang="ko"')
    expect(visitor.browser.cookies.get('sallyport_form')).toBe(before)
  })

  it.each(['toString', 'valueOf', 'constructor', '__proto__', 'hasOwnProperty'])(
    'a word of an address that is none of ours says nothing: %s',
    async (word) => {
      const visitor = await start()
      for (const path of ['/sign-in?prompt=login&done=', '/account?done=', '/account/sessions?done='])
        expect((await visitor.look(path + word)).status).toBe(200)
      await visitor.send('/sign-out', { next: word })
      expect(visitor.at.path).toBe('/signed-out')
    },
  )

  it('nothing, where the pages are switched off', async () => {
    open = await openSallyport({ settings: { 'pages.enabled': 'false' } })
    for (const path of ['/sign-in', '/account', '/.well-known/change-password'])
      expect(told(await open.browser().get(path, { accept: 'text/html' }))).toBe('404 not_found')
  })
})
