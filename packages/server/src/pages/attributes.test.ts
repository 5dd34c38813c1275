// What fields are to password managers, keyboards and assistive technology: one table, held against every page.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openSallyport, type Sallyport } from '../testing/sallyport.js'
import { attribute, createVisitor, type Visitor } from '../testing/visitor.js'

let sallyport: Sallyport
let visitor: Visitor

beforeAll(async () => {
  sallyport = await openSallyport()
  visitor = createVisitor(sallyport)
  await visitor.look('/sign-up')
  await visitor.send('/sign-up', { identifier: 'ada@example.com', password: 'a door behind the ivy' })
})
afterAll(() => sallyport.close())

type Wanted = Readonly<Record<string, string | undefined>>
const identifier = { autocapitalize: 'none', spellcheck: 'false', dir: 'ltr' }
const fresh = { type: 'password', autocomplete: 'new-password', minlength: '8', required: '' }
const current = { type: 'password', autocomplete: 'current-password', minlength: undefined, required: '' }
const anchor = {
  autocomplete: 'username',
  readonly: '',
  tabindex: '-1',
  value: 'ada@example.com',
  type: 'text',
}

const table: [path: string, signedIn: boolean, field: string, wanted: Wanted][] = [
  [
    '/sign-in',
    false,
    'identifier',
    { ...identifier, type: 'text', autocomplete: 'username webauthn', required: '', autofocus: '' },
  ],
  ['/sign-in', false, 'password', { ...current, autofocus: undefined }],
  ['/sign-up', false, 'identifier', { ...identifier, autocomplete: 'username', required: '' }],
  ['/sign-up', false, 'password', { ...fresh, passwordrules: 'minlength: 8; maxlength: 128;' }],
  ['/sign-up', false, 'name', { autocomplete: 'name', required: undefined }],
  ['/account', true, 'name', { autocomplete: 'name' }],
  ['/account', true, 'picture', { type: 'url', autocomplete: 'photo', dir: 'ltr' }],
  ['/account/security', true, 'username', anchor],
  ['/account/security', true, 'current_password', current],
  ['/account/security', true, 'new_password', { ...fresh, passwordrules: 'minlength: 8; maxlength: 128;' }],
  ['/account/confirm', true, 'username', anchor],
  ['/account/confirm', true, 'password', { ...current, autofocus: '' }],
  ['/setup', false, 'token', { type: 'text', autocomplete: 'off', dir: 'ltr' }],
  ['/setup', false, 'email', { autocomplete: 'username', autocapitalize: 'none' }],
  ['/setup', false, 'password', fresh],
]

const inputOf = (html: string, name: string) =>
  [...html.matchAll(/<input\b[^>]*>/g)].map(([tag]) => tag).find((tag) => attribute(tag, 'name') === name)

it.each(table)('%s (signed in: %s): %s', async (path, signedIn, name, wanted) => {
  const { text } = signedIn ? await visitor.look(path) : await createVisitor(sallyport).look(path)
  const input = inputOf(text, name)
  expect(input).toBeDefined()
  const found = Object.fromEntries(Object.keys(wanted).map((one) => [one, attribute(input!, one)]))
  expect(found).toEqual(wanted)
})

it.each(['/sign-in', '/sign-up', '/account', '/account/security', '/account/confirm', '/setup'])(
  '%s: every field that is seen has a label, and every password a username beside it',
  async (path) => {
    const { text } = path.startsWith('/account')
      ? await visitor.look(path)
      : await createVisitor(sallyport).look(path)
    const tags = [...text.matchAll(/<(?:input|select)\b[^>]*>/g)].map(([tag]) => tag)
    const seen = tags.filter(
      (tag) => attribute(tag, 'type') !== 'hidden' && attribute(tag, 'readonly') === undefined,
    )
    expect(tags.length).toBeGreaterThan(1)
    for (const tag of seen) expect(text).toContain(`<label for="${attribute(tag, 'id')}">`)
    for (const [, form = ''] of text.matchAll(/<form\b[^>]*>([\s\S]*?)<\/form>/g))
      if (form.includes('type="password"'))
        expect(form).toMatch(/autocomplete="(username|username webauthn)"/i)
  },
)
