// Thirty texts that want to be markup, in every member that people can store, on every page that shows it.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openSallyport, type Sallyport } from '../testing/sallyport.js'
import { createVisitor, type Visitor } from '../testing/visitor.js'

const payloads = [
  '<script>alert(1)</script>',
  '"><script>alert(1)</script>',
  "'><script>alert(1)</script>",
  '</title><script>alert(1)</script>',
  '</textarea><script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '"><img src=x onerror=alert(1)>',
  '<svg onload=alert(1)>',
  '<svg><script>alert(1)</script></svg>',
  '<a href="javascript:alert(1)">x</a>',
  '<iframe src="https://evil.example"></iframe>',
  '<base href="https://evil.example">',
  '<meta http-equiv="refresh" content="0;url=https://evil.example">',
  '<link rel=stylesheet href=https://evil.example>',
  '<style>*{display:none}</style>',
  '<form action="https://evil.example"><input name=password>',
  '" autofocus onfocus="alert(1)',
  "' onmouseover='alert(1)",
  '" style="position:fixed',
  '--><script>alert(1)</script><!--',
  ']]><script>alert(1)</script>',
  '{{constructor.constructor("alert(1)")()}}',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it wants to be a template
  '${alert(1)}',
  '<%= 7*7 %>',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '&#60;script&#62;alert(1)&#60;/script&#62;',
  '<ScRiPt>alert(1)</sCrIpT>',
  '<details open ontoggle=alert(1)>',
  '<math><mtext><script>alert(1)</script></mtext></math>',
  '\u202e<b>txet</b>',
  '$t(signIn.title) {{count}}',
]
const password = 'a door behind the ivy'
let sallyport: Sallyport
let visitor: Visitor
let plain: Map<string, string>

const paths = [
  '/account',
  '/account/security',
  '/account/sessions',
  '/account/delete',
  '/account/confirm',
  '/no-access',
  '/sign-in?prompt=login',
]
/** What a browser makes of a page: elements and names of attributes, without texts and values. */
const skeleton = (html: string) => html.replaceAll(/="[^"]*"/g, '=""').match(/<[^>]*>/g) ?? []
const handlers = (html: string) => skeleton(html).filter((tag) => /\s(on\w+|style|srcdoc)=/i.test(tag))
const scripts = (html: string) => skeleton(html).filter((tag) => tag.startsWith('<script'))

beforeAll(async () => {
  sallyport = await openSallyport()
  visitor = createVisitor(sallyport)
  await visitor.look('/sign-up')
  await visitor.send('/sign-up', { identifier: 'ada@example.com', password, name: 'Ada' })
  await visitor.send('/account', { name: 'Ada', picture: 'https://pictures.example/plain' })
  const agent = { 'user-agent': 'something' }
  await sallyport.browser().post('/v1/login', { identifier: 'ada@example.com', password }, agent)
  plain = new Map()
  for (const path of paths) plain.set(path, skeleton((await visitor.look(path)).text).join('\n'))
})
afterAll(() => sallyport.close())

it('there are thirty of them', () => {
  expect(payloads.length).toBeGreaterThanOrEqual(30)
})

it('a page whose markup was changed would be noticed', () => {
  const html = '<p title="a">b</p>'
  expect(skeleton('<p title="a"><b>b</b></p>')).not.toEqual(skeleton(html))
  expect(handlers('<p title="a" onclick="b">c</p>')).toHaveLength(1)
  expect(scripts('<p><script>a</script>')).toHaveLength(1)
  expect(handlers('<p title="&quot; onclick=">c</p>')).toEqual([])
})

it.each(payloads)('%s stays a text wherever it is shown', async (payload) => {
  await visitor.look('/account')
  const picture = `https://pictures.example/${payload.replaceAll(/\s/g, '')}`
  const saved = await visitor.send('/account', { name: payload, picture })
  expect(saved.status).toBe(200)
  await sallyport
    .browser()
    .post(
      '/v1/login',
      { identifier: 'ada@example.com', password },
      { 'user-agent': payload.replace(/[^\x20-\x7e]/g, '') },
    )
  for (const path of paths) {
    const { text } = await visitor.look(path)
    if (path !== '/account/sessions') expect(skeleton(text).join('\n')).toBe(plain.get(path))
    expect([handlers(text), scripts(text).length]).toEqual([[], 1])
  }
})

it.each(payloads.slice(0, 20))('%s stays a text where it was typed and refused', async (payload) => {
  const stranger = createVisitor(sallyport)
  await stranger.look('/sign-in')
  const answer = await stranger.send('/sign-in', { identifier: payload, password: payload })
  expect([handlers(answer.text), scripts(answer.text).length]).toEqual([[], 1])
  expect(stranger.forms()[0]!.fields.identifier).toBe(payload)
  const lost = await stranger.look(`/${encodeURIComponent(payload)}?done=${encodeURIComponent(payload)}`)
  expect([handlers(lost.text), lost.text.includes('alert(1)')]).toEqual([[], false])
})
