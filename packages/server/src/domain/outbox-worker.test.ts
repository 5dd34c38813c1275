// The outbox at work: against a mail server that is slow, dead or forgetful, with several processes on one database.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type MailServer, openMailServer } from '../testing/mail-server.js'
import { type Options, openSallyport, type Sallyport } from '../testing/sallyport.js'
import { told } from '../testing/told.js'
import type { Message } from './outbox.js'
import { take } from './outbox-attempt.js'
import { type OutboxRow, outbox } from './tables.js'

const minute = 60_000
const plain = { disabledCommands: ['STARTTLS', 'AUTH'] }
const opened: Sallyport[] = []
let server: MailServer
let folder: string
let files = 0
beforeEach(async () => {
  server = await openMailServer(plain)
  folder = mkdtempSync(join(tmpdir(), 'sallyport-outbox-'))
})
afterEach(async () => {
  await Promise.all(opened.map((one) => one.close()))
  opened.length = 0
  await server.close()
  rmSync(folder, { recursive: true })
})

const smtp = () => ({
  'smtp.host': '127.0.0.1',
  'smtp.port': String(server.port),
  'smtp.require-tls': 'false',
  'smtp.from': 'no-reply@notes.example',
})
const secret = { current: randomBytes(32) }
const newFile = () => `sqlite:${join(folder, `${files++}.db`)}`
/** A production server on a database that is up to date, which production does not see to by itself. */
const open = async (options: Options = {}, file = newFile(), way: Record<string, string> = smtp()) => {
  const settings = { 'database-url': file, ...way, ...options.settings }
  await (await openSallyport({ settings, secret })).close()
  const sallyport = await openSallyport({ mode: 'production', ...options, settings, secret })
  opened.push(sallyport)
  return sallyport
}
/** Lets the server work until something is so. */
const until = async (isSo: () => boolean | Promise<boolean>) => {
  for (const limit = performance.now() + 30_000; performance.now() < limit; ) {
    if (await isSo()) return
    await setImmediate()
  }
  throw new Error('it never came to that')
}
const letter = ({ clock }: Sallyport, given: Partial<Message> = {}): Message => ({
  topic: 'verify_email',
  channel: 'email',
  to: 'ada@example.test',
  facts: { code: '482913', link: 'https://notes.example/verify?token=secretlink', minutes: 10 },
  goodUntil: clock.now() + 10 * minute,
  ...given,
})
const post = (sallyport: Sallyport, ...given: Partial<Message>[]) => {
  const { store, outbox: box } = sallyport.server.context
  return store.atomically(given.map((one) => box.post(letter(sallyport, one))))
}
const rows = ({ server: { context } }: Sallyport): Promise<OutboxRow[]> =>
  context.store.list(outbox, { limit: 1000 })
const row = async (sallyport: Sallyport) => (await rows(sallyport))[0]!
const numbered = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ to: `user${at}@example.test` }))

describe('what is sent', () => {
  it('leaves as soon as hurry is called, without a timer', async () => {
    const sallyport = await open()
    await post(sallyport, {})
    sallyport.server.context.outbox.hurry()
    await server.received(1)
    await sallyport.server.upkeep()
    expect(await row(sallyport)).toMatchObject({ state: 'sent', attempts: 1, sent_at: sallyport.clock.now() })
    await sallyport.server.upkeep()
    expect(server.mails).toHaveLength(1)
  })

  it('keeps neither code nor link in production, and both in development', async () => {
    const production = await open()
    const development = await open({ mode: 'development' })
    for (const sallyport of [production, development]) {
      await post(sallyport, {})
      expect(await sallyport.mail()).toEqual([letter(sallyport)])
      await sallyport.server.upkeep()
    }
    expect(server.mails).toHaveLength(2)
    expect(await production.mail()).toEqual([letter(production, { facts: {} })])
    expect(await development.mail()).toEqual([letter(development)])
    expect(production.logged.join('\n')).not.toMatch(/482913|secretlink|ada@/)
  })

  it('leaves once, however many processes look at one time', async () => {
    const file = newFile()
    const first = await open({}, file)
    const { clock } = first
    const others = [await open({ clock }, file), await open({ clock }, file)]
    await post(first, ...numbered(40))
    await Promise.all([first, ...others].map((one) => one.server.upkeep()))
    expect(server.mails.map(({ to }) => to[0]).sort()).toEqual(
      numbered(40)
        .map(({ to }) => to)
        .sort(),
    )
    expect(new Set((await rows(first)).map(({ state }) => state))).toEqual(new Set(['sent']))
  })
})

describe('what cannot be sent yet', () => {
  it('is tried again after pauses that grow to an hour, and given up after two dozen tries', async () => {
    const sallyport = await open()
    server.behave('rcpt', 451, 'later')
    await post(sallyport, { goodUntil: sallyport.clock.now() + 30 * 24 * 60 * minute })
    for (let attempt = 1; attempt <= 23; attempt++) {
      await sallyport.server.upkeep()
      const { attempts, due_at, state, unclear } = await row(sallyport)
      expect([attempts, state, unclear]).toEqual([attempt, 'waiting', 0])
      const pause = due_at - sallyport.clock.now()
      const whole = Math.min(5000 * 2 ** (attempt - 1), 60 * minute)
      expect(pause).toBeGreaterThanOrEqual(whole / 2)
      expect(pause).toBeLessThanOrEqual(whole)
      await sallyport.server.upkeep()
      expect((await row(sallyport)).attempts).toBe(attempt)
      sallyport.clock.advance(pause)
    }
    await sallyport.server.upkeep()
    expect(await row(sallyport)).toMatchObject({ state: 'failed', attempts: 24 })
    expect(sallyport.events.filter((name) => name === 'message.failed')).toHaveLength(1)
    const complaints = sallyport.logged.filter((line) => line.includes('messages cannot be sent'))
    expect(complaints).toHaveLength(1)
  })

  it('is sent when the server is back, and the log says both', async () => {
    const { port } = server
    const sallyport = await open()
    await server.close()
    await post(sallyport, {})
    await sallyport.server.upkeep()
    expect(await row(sallyport)).toMatchObject({ state: 'waiting', unclear: 0 })
    server = await openMailServer(plain, port)
    sallyport.clock.advance(5000)
    await sallyport.server.upkeep()
    expect(await row(sallyport)).toMatchObject({ state: 'sent', last_error: null, attempts: 2 })
    const said = sallyport.logged
      .map((line) => JSON.parse(line).msg)
      .filter((msg) => msg.startsWith('messages'))
    expect(said).toEqual(['messages cannot be sent', 'messages are sent again'])
  })

  it('is what a server refuses before it has heard of the message: it goes once the server lets us in', async () => {
    const sallyport = await open()
    server.behave('mail', 530, '5.7.0 Authentication required')
    await post(sallyport, {})
    await sallyport.server.upkeep()
    expect(await row(sallyport)).toMatchObject({
      state: 'waiting',
      unclear: 0,
      last_error: expect.stringMatching(/MAIL FROM.*530 5\.7\.0 Authentication required/),
    })
    expect(sallyport.events).not.toContain('message.failed')
    server.behave('mail', 'takes')
    sallyport.clock.advance(5000)
    await sallyport.server.upkeep()
    expect(await row(sallyport)).toMatchObject({ state: 'sent', attempts: 2 })
  })

  it('is not sent once its time is over, and loses its code', async () => {
    const sallyport = await open()
    server.behave('rcpt', 451, 'later')
    await post(sallyport, {}, { to: 'bob@example.test', goodUntil: sallyport.clock.now() })
    await sallyport.server.upkeep()
    server.behave('rcpt', 'takes')
    sallyport.clock.advance(10 * minute)
    await sallyport.server.upkeep()
    expect((await rows(sallyport)).map(({ state }) => state)).toEqual(['expired', 'expired'])
    expect(server.mails).toEqual([])
    expect((await sallyport.mail()).map(({ facts }) => facts)).toEqual([{}, {}])
    expect(sallyport.events.filter((name) => name === 'message.failed')).toHaveLength(2)
  })

  it('is sent up to its last moment', async () => {
    const sallyport = await open()
    await post(sallyport, {})
    sallyport.clock.advance(10 * minute - 1)
    await sallyport.server.upkeep()
    expect((await row(sallyport)).state).toBe('sent')
  })

  it('is refused aloud where its seal does not open or it has no words', async () => {
    const sallyport = await open()
    await post(sallyport, { facts: { link: 'javascript:alert(1)' } })
    await sallyport.server.upkeep()
    expect(await row(sallyport)).toMatchObject({
      state: 'failed',
      last_error: expect.stringContaining('link'),
    })
    await sallyport.server.context.store.update(
      outbox,
      { state: 'failed' },
      { state: 'waiting', due_at: 0, sealed: Buffer.alloc(64) },
    )
    await sallyport.server.upkeep()
    expect(await row(sallyport)).toMatchObject({
      state: 'failed',
      last_error: expect.stringContaining('seal'),
    })
    expect(server.mails).toEqual([])
  })
})

describe('what may have arrived', () => {
  it('is sent once more, and never a third time', async () => {
    const sallyport = await open()
    server.behave('taken', 'breaks')
    await post(sallyport, {})
    for (let hour = 0; hour < 8; hour++) {
      await sallyport.server.upkeep()
      sallyport.clock.advance(minute)
    }
    expect(server.mails).toHaveLength(2)
    expect(new Set(server.mails.map(({ mail }) => mail.messageId)).size).toBe(1)
    expect(await row(sallyport)).toMatchObject({ state: 'failed', attempts: 2, unclear: 2 })
  })

  it('is what a process had in its hands when it died: the next sends it when the lease is over, two deaths are the end', async () => {
    const sallyport = await open()
    const { context } = sallyport.server
    const die = async () => take(context, await row(sallyport), context.delivery.ways.email!)
    await post(sallyport, {}, { to: 'bob@example.test' })
    for (const one of await rows(sallyport)) await take(context, one, context.delivery.ways.email!)
    await sallyport.server.upkeep()
    expect(server.mails).toEqual([])
    sallyport.clock.advance(91_000)
    expect(await die()).toMatchObject({ unclear: 2 })
    await sallyport.server.upkeep()
    expect(server.mails.map(({ to }) => to)).toEqual([['bob@example.test']])
    sallyport.clock.advance(91_000)
    await sallyport.server.upkeep()
    expect((await rows(sallyport)).map(({ state }) => state).sort()).toEqual(['failed', 'sent'])
    expect(server.mails).toHaveLength(1)
  })

  it('is not what a server broke off before the message: it is tried as often as it takes', async () => {
    const sallyport = await open()
    server.behave('rcpt', 'breaks')
    await post(sallyport, {})
    for (let attempt = 0; attempt < 4; attempt++) {
      await sallyport.server.upkeep()
      sallyport.clock.advance(minute)
    }
    expect(await row(sallyport)).toMatchObject({ state: 'waiting', attempts: 4, unclear: 0 })
  })
})

describe('a mail server that hangs', () => {
  it.each(['connect', 'rcpt', 'data'] as const)(
    'at %s changes no answer, and holds as many messages as it has connections',
    async (stage) => {
      const sallyport = await open({ settings: { 'smtp.pool': '3' } })
      server.behave(stage, 'hangs')
      await post(sallyport, ...numbered(200))
      sallyport.server.context.outbox.hurry()
      await until(() => server.connections() === 3)
      for (let request = 0; request < 5; request++) {
        sallyport.server.context.outbox.hurry()
        expect(told(await sallyport.browser().get('/readyz'))).toBe('200')
        expect((await sallyport.signUp()).access_token).toBeTruthy()
      }
      const all = await rows(sallyport)
      expect(all.filter(({ attempts }) => attempts > 0)).toHaveLength(3)
      expect(all.every(({ state }) => state === 'waiting')).toBe(true)
      expect(server.connections()).toBe(3)
    },
  )

  it('holds no SMS back', async () => {
    const sallyport = await open({ mode: 'development' })
    server.behave('connect', 'hangs')
    await post(sallyport, {}, { topic: 'verify_phone', channel: 'sms', to: '+15550100' })
    sallyport.server.context.outbox.hurry()
    const sent = async () => (await rows(sallyport)).filter(({ state }) => state === 'sent')
    await until(async () => (await sent()).length > 0)
    expect((await sent()).map(({ channel }) => channel)).toEqual(['sms'])
  })

  it('is given up after smtp.timeout', async () => {
    const sallyport = await open({ settings: { 'smtp.timeout': '1s' } })
    server.behave('rcpt', 'hangs')
    await post(sallyport, {})
    await sallyport.server.upkeep()
    expect(await row(sallyport)).toMatchObject({ state: 'waiting', attempts: 1, unclear: 0 })
  })
})

describe('a server that stops', () => {
  it('lets go of what hangs, and the next one sends it at once', async () => {
    const file = newFile()
    const first = await open({}, file)
    server.behave('rcpt', 'hangs')
    await post(first, {})
    first.server.context.outbox.hurry()
    await until(() => server.commands.some((line) => line.startsWith('RCPT')))
    await first.close()
    server.behave('rcpt', 'takes')
    const second = await open({ clock: first.clock }, file)
    expect(await row(second)).toMatchObject({ state: 'waiting', unclear: 0, due_at: first.clock.now() })
    await second.server.upkeep()
    expect(server.mails).toHaveLength(1)
  })

  it('waits for what is about to end', async () => {
    const sallyport = await open()
    await post(sallyport, ...numbered(5))
    sallyport.server.context.outbox.hurry()
    await until(() => server.connections() > 0)
    await sallyport.close()
    expect(server.mails).toHaveLength(5)
  })
})

describe('without anybody to carry mail', () => {
  const freePorts = { port: '0', 'metrics.port': '0', 'shutdown.delay': '0s' }
  const warnings = ({ logged }: Sallyport) => logged.filter((line) => line.includes('no mail can be sent'))

  it('production says so, and messages wait until they are over', async () => {
    const sallyport = await open({ settings: freePorts }, newFile(), {})
    expect(warnings(sallyport)).toEqual([])
    await sallyport.server.listen()
    expect(warnings(sallyport)).toHaveLength(1)
    await post(sallyport, {})
    await sallyport.server.upkeep()
    expect(await row(sallyport)).toMatchObject({ state: 'waiting', attempts: 0 })
    sallyport.clock.advance(10 * minute)
    await sallyport.server.upkeep()
    expect(await row(sallyport)).toMatchObject({ state: 'expired' })
  })

  it('production with one says nothing', async () => {
    const sallyport = await open({ settings: freePorts })
    await sallyport.server.listen()
    expect(warnings(sallyport)).toEqual([])
  })

  it('production that cannot listen says only why', async () => {
    const first = await open({ settings: freePorts })
    const port = new URL((await first.server.listen()).url).port
    const second = await open({ settings: { ...freePorts, port } }, newFile(), {})
    await expect(second.server.listen()).rejects.toThrow('EADDRINUSE')
    expect(warnings(second)).toEqual([])
  })

  it('development keeps them, and they count as sent', async () => {
    const sallyport = await openSallyport()
    opened.push(sallyport)
    await post(sallyport, {})
    await sallyport.server.upkeep()
    expect(await row(sallyport)).toMatchObject({ state: 'sent' })
    expect((await sallyport.mail())[0]!.facts.code).toBe('482913')
  })
})
