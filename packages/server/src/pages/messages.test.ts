// What people do with what a message brought: proving an address, a new password, signing in with a code, taking a change
// back. A look at a link changes nothing; a button does.
import { afterEach, describe, expect, it } from 'vitest'
import { type Options, openSallyport, type Sallyport } from '../testing/sallyport.js'
import { createVisitor, type Visitor } from '../testing/visitor.js'

let open: Sallyport | undefined
afterEach(() => open?.close())

const address = 'ada@example.com'
const password = 'a door behind the ivy'
const start = async (options: Options = {}): Promise<Visitor> => {
  open = await openSallyport(options)
  return createVisitor(open)
}
const signUp = async (visitor: Visitor, identifier = address) => {
  await visitor.look('/sign-up')
  await visitor.send('/sign-up', { identifier, password, name: 'Ada' })
}
const newest = async (to = address) => (await open!.mail(to))[0]!.facts as { code: string; link: string }
/** The path of the link in the newest message. */
const pathOf = async (to?: string) => {
  const { pathname, search } = new URL((await newest(to)).link)
  return pathname + search
}
const signIn = async (visitor: Visitor, word: string) => {
  await visitor.look('/sign-in')
  return visitor.send('/sign-in', { identifier: address, password: word })
}
const prove = async (visitor: Visitor) => {
  await visitor.look('/verify')
  await visitor.send('/verify', { code: (await newest()).code })
}
const me = async (visitor: Visitor) => (await visitor.browser.get('/v1/me')).json
const verified = { settings: { 'signup.require-verified': 'true' } }

describe('an address that is proven before it counts', () => {
  it('is proven by the code, in the browser of the sign-up, and signs it in where it wanted to go', async () => {
    const visitor = await start(verified)
    await visitor.look('/sign-up?return_to=/account/sessions')
    await visitor.send('/sign-up', { identifier: address, password })
    expect(visitor.at.path).toBe('/verify')
    expect(visitor.at.answer.text).toContain(address)
    expect(visitor.browser.cookies.has('sallyport_page')).toBe(false)
    const wrong = await visitor.send('/verify', {
      code: '000000' === (await newest()).code ? '111111' : '000000',
    })
    expect(wrong.status).toBe(401)
    const { code } = await newest()
    await visitor.send('/verify', { code: `${code.slice(0, 3)} ${code.slice(3)}` })
    expect(visitor.at.path).toBe('/account/sessions')
    expect((await me(visitor)).email_verified).toBe(true)
    expect(visitor.browser.cookies.has('sallyport_flow')).toBe(false)
  })

  it('is proven by the link, of which looking changes nothing however often', async () => {
    const visitor = await start(verified)
    await signUp(visitor)
    const path = await pathOf()
    const scanner = createVisitor(open!)
    for (let at = 0; at < 5; at++) {
      const looked = await scanner.look(path)
      expect(looked.status).toBe(200)
      expect(looked.headers['referrer-policy']).toBe('no-referrer')
    }
    const shown = await visitor.look(path)
    expect(shown.text).toContain('This proves that ada@example.com is yours.')
    await visitor.send(visitor.forms()[0]!.action, {}, { origin: 'null' })
    expect(visitor.at.path).toBe('/account?done=verified')
    expect((await visitor.look(path)).text).toContain('This link is no longer good')
  })

  it('keeps the password in another browser where it is typed, and drops it where it is not', async () => {
    const visitor = await start(verified)
    await signUp(visitor)
    const other = createVisitor(open!)
    await other.look(await pathOf())
    const action = other.forms()[0]!.action
    expect((await other.send(action, { password: 'not the one' })).status).toBe(401)
    await other.send(action)
    expect(other.at.path).toBe('/reset')
    await other.send('/reset', { new_password: 'a gate below the oak' })
    expect(other.at.path).toBe('/sign-in?done=reset')
    expect((await signIn(other, password)).status).toBe(401)
    await signIn(other, 'a gate below the oak')
    expect(other.at.path).toBe('/account')
  })

  it('is asked for at the sign-in that comes before it, after the right password alone', async () => {
    const visitor = await start(verified)
    await signUp(visitor)
    const other = createVisitor(open!)
    expect((await signIn(other, 'not the one')).status).toBe(401)
    open!.clock.advance(61_000)
    await signIn(other, password)
    expect(other.at.path).toBe('/verify')
    await other.send('/verify', { code: (await newest()).code, password })
    expect(other.at.path).toBe('/account?done=verified')
  })

  it('looks alike for an address that somebody has already', async () => {
    const visitor = await start(verified)
    await signUp(visitor)
    const [first, second] = [createVisitor(open!), createVisitor(open!)]
    await signUp(first)
    await signUp(second, 'grace@example.com')
    const bare = (html: string) =>
      html.replaceAll(/ada@|grace@/g, 'x@').replaceAll(/name="form" value="[^"]*"/g, '')
    expect(bare(first.at.answer.text)).toBe(bare(second.at.answer.text))
    expect((await open!.mail(address))[0]!.topic).toBe('signup_taken')
  })

  it('can be sent to again after a while, which says so', async () => {
    const visitor = await start(verified)
    await signUp(visitor)
    const before = await newest()
    expect(visitor.at.answer.text).toMatch(/data-resend="\d+"/)
    open!.clock.advance(5 * 60_000)
    await visitor.look('/verify')
    const resend = visitor.forms().findIndex(({ fields }) => fields.act === 'resend')
    expect(resend).toBeGreaterThan(0)
    await visitor.send('/verify', { act: 'resend' })
    expect(visitor.at.answer.text).toContain('Another message is on its way.')
    const after = await newest()
    expect(after.code + after.link).not.toBe(before.code + before.link)
    await visitor.send('/verify', { code: after.code })
    expect(visitor.at.path).toBe('/account?done=verified')
  })
})

describe('a forgotten password', () => {
  it.each(['the code', 'the link'])('is replaced with %s, and every session ends', async (how) => {
    const visitor = await start()
    await signUp(visitor)
    const other = createVisitor(open!)
    await other.look('/forgot')
    await other.send('/forgot', { email: address })
    expect(other.at.path).toBe('/reset')
    if (how === 'the link') await other.look(await pathOf())
    const action = other.forms()[0]!.action
    const code: Record<string, string> = how === 'the code' ? { code: (await newest()).code } : {}
    const short = await other.send(action, { ...code, new_password: 'short' })
    expect(short.status).toBe(422)
    await other.send(action, { ...code, new_password: 'a gate below the oak' })
    expect(other.at.path).toBe('/sign-in?done=reset')
    expect(other.at.answer.text).toContain('The new password is set.')
    await visitor.look('/account')
    expect(visitor.at.path).toMatch(/^\/sign-in/)
    await signIn(other, 'a gate below the oak')
    expect(other.at.path).toBe('/account')
  })

  it('looks alike for an address that nobody has', async () => {
    const visitor = await start()
    await signUp(visitor)
    const pages: string[] = []
    for (const email of [address, 'eve@example.com']) {
      const other = createVisitor(open!)
      await other.look('/forgot')
      const { text } = await other.send('/forgot', { email })
      pages.push(text.replaceAll(email, 'x').replaceAll(/name="form" value="[^"]*"/g, ''))
    }
    expect(pages[0]).toBe(pages[1])
  })
})

describe('signing in with a code', () => {
  it('needs the code alone', async () => {
    const visitor = await start()
    await signUp(visitor)
    await visitor.send('/sign-out')
    await visitor.look('/sign-in/code')
    await visitor.send('/sign-in/code', { identifier: address })
    expect(visitor.at.path).toBe('/sign-in/code/enter')
    await visitor.send('/sign-in/code/enter', { code: (await newest()).code })
    expect(visitor.at.path).toBe('/account')
  })

  it('by link works in the browser that asked, and in no other', async () => {
    const visitor = await start()
    await signUp(visitor)
    await visitor.send('/sign-out')
    await visitor.look('/sign-in/code')
    await visitor.send('/sign-in/code', { identifier: address })
    const path = await pathOf()
    const other = createVisitor(open!)
    expect((await other.look(path)).text).toContain('This link was asked for in another browser.')
    expect(other.forms().some(({ action }) => action.startsWith('/sign-in/link'))).toBe(false)
    await visitor.look(path)
    await visitor.send(visitor.forms()[0]!.action)
    expect(visitor.at.path).toBe('/account')
  })

  it('leads nowhere without having been asked for', async () => {
    const visitor = await start()
    await visitor.look('/sign-in/code/enter')
    expect(visitor.at.path).toBe('/sign-in/code')
    expect((await visitor.look('/sign-in/link?t=nonsense')).status).toBe(401)
    expect((await visitor.look('/sign-in/link')).status).toBe(401)
  })
})

describe('an account without a password', () => {
  it('proves who it is by signing in again with a code, and comes back', async () => {
    const visitor = await start({ settings: { 'signup.require-verified': 'true' } })
    await signUp(visitor)
    const owner = createVisitor(open!)
    await owner.look(await pathOf())
    await owner.send(owner.forms()[0]!.action)
    expect(owner.at.path).toBe('/reset')
    open!.clock.advance(60_000)
    await owner.look('/sign-in/code')
    await owner.send('/sign-in/code', { identifier: address })
    await owner.send('/sign-in/code/enter', { code: (await newest()).code })
    expect(owner.at.path).toBe('/account')
    open!.clock.advance(6 * 60_000)
    await owner.look('/account/data')
    await owner.send('/account/data')
    expect(owner.at.answer.text).toContain('This account has no password.')
    await owner.send('/sign-out', { ...owner.forms().find(({ fields }) => fields.next === 'code')!.fields })
    expect(owner.at.path).toMatch(/^\/sign-in\/code\?rt=/)
    await owner.send('/sign-in/code', { identifier: address })
    await owner.send('/sign-in/code/enter', { code: (await newest()).code })
    expect(owner.at.path).toBe('/account/data')
    expect((await owner.send('/account/data')).headers['content-disposition']).toMatch(/^attachment/)
  })
})

describe('where a flow was to lead', () => {
  it('it leads, with a policy that lets it, and no other flow of the browser does', async () => {
    const app = 'https://app.example'
    const visitor = await start({ settings: { origins: app } })
    await signUp(visitor)
    await visitor.send('/sign-out')
    await visitor.look(`/sign-in/code?return_to=${app}/x`)
    const shown = await visitor.send('/sign-in/code', { identifier: address })
    expect(shown.headers['content-security-policy']).toContain(`form-action 'self' ${app};`)
    await visitor.look('/sign-in')
    await visitor.send('/sign-in', { identifier: address, password })
    expect(visitor.at.path).toBe('/account')
    await visitor.send('/sign-out')
    await visitor.look(`/sign-in/code?return_to=${app}/x`)
    await visitor.send('/sign-in/code', { identifier: address })
    const there = await visitor.send('/sign-in/code/enter', { code: (await newest()).code })
    expect([there.status, there.headers.location]).toEqual([303, `${app}/x`])
  })
})

describe('a change of address', () => {
  it('asks who it is when that was long ago, keeps what was typed, and is proven by the code', async () => {
    const visitor = await start()
    await signUp(visitor)
    open!.clock.advance(6 * 60_000)
    await visitor.look('/account/email')
    await visitor.send('/account/email', { email: 'ada@new.example' })
    expect(visitor.at.path).toMatch(/^\/account\/confirm/)
    expect(visitor.at.answer.text).toContain('You are about to change your email address.')
    await visitor.send('/account/confirm', { password })
    expect(visitor.forms().find(({ action }) => action === '/account/email')!.fields.email).toBe(
      'ada@new.example',
    )
    await visitor.send('/account/email')
    expect(visitor.at.path).toBe('/account/email?step=code')
    expect((await me(visitor)).email).toBe(address)
    await visitor.send('/account/email?step=code', { code: (await newest('ada@new.example')).code })
    expect(visitor.at.path).toBe('/account?done=email')
    expect(await me(visitor)).toMatchObject({ email: 'ada@new.example', email_verified: true })
  })

  it('is taken back by the link that the old address got, and a new password comes next', async () => {
    const visitor = await start()
    await signUp(visitor)
    await prove(visitor)
    await visitor.look('/account/email')
    await visitor.send('/account/email', { email: 'eve@new.example' })
    await visitor.send('/account/email?step=code', { code: (await newest('eve@new.example')).code })
    const owner = createVisitor(open!)
    await owner.look(await pathOf(address))
    expect(owner.at.answer.text).toContain('This puts ada@example.com back')
    await owner.send(owner.forms()[0]!.action)
    expect(owner.at.path).toBe('/reset?done=undone')
    await owner.send('/reset', { new_password: 'a gate below the oak' })
    await signIn(owner, 'a gate below the oak')
    expect((await me(owner)).email).toBe(address)
    await visitor.look('/account')
    expect(visitor.at.path).toMatch(/^\/sign-in/)
  })
})

describe('leaving', () => {
  it('can be taken back by the link of the notice', async () => {
    const visitor = await start()
    await signUp(visitor)
    await prove(visitor)
    await visitor.look('/account/delete')
    await visitor.send('/account/delete')
    const owner = createVisitor(open!)
    await owner.look(await pathOf())
    expect(owner.at.path).toMatch(/^\/restore\?t=/)
    expect((await signIn(createVisitor(open!), password)).status).toBe(401)
    await owner.send(owner.forms()[0]!.action)
    expect(owner.at.path).toBe('/sign-in?done=restored')
    await signIn(owner, password)
    expect(owner.at.path).toBe('/account')
  })

  it('with one’s data gives a file that holds no secret', async () => {
    const visitor = await start()
    await signUp(visitor)
    await visitor.look('/account/data')
    const file = await visitor.send('/account/data')
    expect(file.headers['content-disposition']).toBe('attachment; filename="account.json"')
    expect(JSON.parse(file.text).user.email).toBe(address)
    expect(file.text).not.toMatch(/hash|argon2|secret/)
  })
})

describe('a phone number', () => {
  const phones = { settings: { 'phone.countries': 'KR', 'signup.identifiers': 'email,username,phone' } }

  it('is added by the code that was sent to it, signs in by a code, and is taken away', async () => {
    const visitor = await start(phones)
    await signUp(visitor)
    await visitor.look('/account/phone')
    const foreign = await visitor.send('/account/phone', { phone_number: '+1 202 555 0100' })
    expect(foreign.status).toBe(400)
    expect(foreign.text).toContain('href="#phone_number"')
    await visitor.send('/account/phone', { phone_number: '+82 10-2345-6789' })
    expect(visitor.at.path).toBe('/account/phone?step=code')
    await visitor.send('/account/phone?step=code', { code: (await newest('+821023456789')).code })
    expect(visitor.at.path).toBe('/account?done=phone')
    expect((await me(visitor)).phone_number).toBe('+821023456789')
    const other = createVisitor(open!)
    await other.look('/sign-in/code')
    await other.send('/sign-in/code', { identifier: '+82 10 2345 6789' })
    await other.send('/sign-in/code/enter', { code: (await newest('+821023456789')).code })
    expect(other.at.path).toBe('/account')
    await visitor.look('/account/phone')
    await visitor.send('/account/phone', { act: 'remove' })
    expect(visitor.at.path).toBe('/account?done=phone-removed')
    expect(await me(visitor)).not.toHaveProperty('phone_number')
  })
})
