import { afterEach, beforeEach, expect, it } from 'vitest'
import { openSallyport, type Sallyport } from '../testing/sallyport.js'
import type { Message } from './outbox.js'
import { outbox } from './tables.js'

let sallyport: Sallyport
beforeEach(async () => {
  sallyport = await openSallyport()
})
afterEach(() => sallyport.close())

const message = (to: string, code: string): Message => ({
  topic: 'verify_email',
  channel: 'email',
  to,
  facts: { code, minutes: 10 },
  goodUntil: sallyport.clock.now() + 600_000,
})
const post = (...messages: Message[]) =>
  sallyport.server.context.store.atomically(messages.map((one) => sallyport.server.context.outbox.post(one)))

it('what is posted within one millisecond is read as it was posted, the newest first', async () => {
  const codes = Array.from({ length: 40 }, (_, at) => String(100_000 + at))
  await post(...codes.map((code) => message('ada@example.test', code)))
  await post(message('bob@example.test', '222222'))
  expect((await sallyport.mail()).map(({ facts }) => facts.code)).toEqual(['222222', ...codes.reverse()])
  expect((await sallyport.mail('bob@example.test')).map(({ to }) => to)).toEqual(['bob@example.test'])
  expect(await sallyport.mail('eve@example.test')).toEqual([])
})

it('neither address nor code stands in the database in the clear', async () => {
  await post(message('ada@example.test', '482913'))
  const [row] = await sallyport.server.context.store.list(outbox, { limit: 1 })
  const text = Buffer.from(row!.sealed).toString('latin1') + JSON.stringify(row)
  for (const secret of ['ada@', '482913']) expect(text).not.toContain(secret)
  expect((await sallyport.mail())[0]).toMatchObject({ to: 'ada@example.test', facts: { code: '482913' } })
})
