// What a page weighs with everything it loads.
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openSallyport, type Sallyport } from '../testing/sallyport.js'
import { createVisitor, type Visitor } from '../testing/visitor.js'

let sallyport: Sallyport
let visitor: Visitor
beforeAll(async () => {
  sallyport = await openSallyport()
  visitor = createVisitor(sallyport)
  await visitor.look('/sign-up')
  await visitor.send('/sign-up', { identifier: 'ada@example.com', password: 'a door behind the ivy' })
})
afterAll(() => sallyport.close())

const loaded = (html: string) =>
  [...html.matchAll(/<(?:link|script|img)\b[^>]*?(?:href|src)="([^"]+)"/g)].map(([, path]) => path as string)

it.each([
  '/sign-in',
  '/sign-up',
  '/setup',
  '/signed-out',
  '/nothing-here',
  '/',
  '/account',
  '/account/security',
  '/account/sessions',
  '/account/delete',
])(
  '%s is at most 30 kB gzipped with all that it loads, and its script at most 12 kB as it is',
  async (path) => {
    const { text } = path.startsWith('/account')
      ? await visitor.look(path)
      : await createVisitor(sallyport).look(path)
    const files = loaded(text)
    expect(files.length).toBeGreaterThanOrEqual(3)
    let total = gzipSync(text).length
    for (const file of files) {
      const answer = await sallyport.browser().get(file)
      expect(answer.status).toBe(200)
      expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable')
      total += gzipSync(answer.text).length
      if (file.endsWith('.js')) expect(Buffer.byteLength(answer.text)).toBeLessThanOrEqual(12_000)
    }
    expect(total).toBeLessThanOrEqual(30_000)
    expect(total).toBeGreaterThan(2000)
  },
)

it('a file that is not there is not there, whatever it is called', async () => {
  for (const name of ['nothing.css', '..%2fpages.css', 'style-.css', '%00', 'constructor'])
    expect((await sallyport.browser().get(`/pages/${name}`)).status).toBeGreaterThanOrEqual(400)
})
