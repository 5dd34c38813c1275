// Mail and SMS as operators, administrators and developers see them.
import { native } from '@sallyport/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import type { Message } from '../../domain/outbox.js'
import { outbox } from '../../domain/tables.js'
import { machine, operate, setUp } from '../../testing/administrator.js'
import { openRecorder } from '../../testing/recorder.js'
import { type Options, openSallyport, type Sallyport, withDatabaseFile } from '../../testing/sallyport.js'
import { pointers, told } from '../../testing/told.js'

let sallyport: Sallyport
afterEach(() => sallyport.close())

const open = async (options: Options = {}) => {
  sallyport = await openSallyport(options)
}
const post = async (...given: Partial<Message>[]) => {
  const { context } = sallyport.server
  const messages = given.map(
    (one): Message => ({
      topic: 'verify_email',
      channel: 'email',
      to: 'ada@example.test',
      facts: { code: '482913', link: 'http://localhost:4400/verify?token=abc', minutes: 10 },
      goodUntil: sallyport.clock.now() + 600_000,
      ...one,
    }),
  )
  await context.store.atomically(messages.map((one) => context.outbox.post(one)))
}
const sms = { topic: 'verify_phone', channel: 'sms', to: '+15550100', facts: { code: '111222' } } as const

describe('GET /dev/mail.json', () => {
  it('shows what was posted, in the words it is sent in, the newest first', async () => {
    await open()
    await post({}, sms)
    await sallyport.server.upkeep()
    const answer = await sallyport.browser().get('/dev/mail.json')
    expect(told(answer)).toBe('200')
    const [first, second] = answer.json.items
    expect(first).toEqual({
      id: expect.any(String),
      channel: 'sms',
      topic: 'verify_phone',
      to: '+15550100',
      from: 'Sallyport',
      text: 'Sallyport: 111222 confirms your number. Do not share it.\n\n@localhost #111222',
      code: '111222',
      created_at: '2030-01-01T00:00:00.000Z',
    })
    expect(second).toMatchObject({
      channel: 'email',
      to: 'ada@example.test',
      from: 'Sallyport <no-reply@localhost>',
      subject: 'Confirm your address for Sallyport',
      text: expect.stringContaining('482913'),
      html: expect.stringContaining('482913'),
      code: '482913',
      link: 'http://localhost:4400/verify?token=abc',
    })
  })

  it('can be asked for one mailbox and for so many', async () => {
    await open()
    await post({}, { to: 'bob@example.test' }, {}, { to: 'bob@example.test', facts: { code: '7' } })
    const items = async (query: string) =>
      (await sallyport.browser().get(`/dev/mail.json?${query}`)).json.items
    expect(await items('to=bob@example.test')).toHaveLength(2)
    expect((await items('to=bob@example.test&limit=1')).map(({ code }: { code: string }) => code)).toEqual([
      '7',
    ])
    expect(await items('limit=3')).toHaveLength(3)
    expect(await items('to=eve@example.test')).toEqual([])
    const wrong = await sallyport.browser().get('/dev/mail.json?limit=0')
    expect([told(wrong), pointers(wrong)]).toEqual(['400 invalid_request', ['/limit']])
  })

  it('shows a message that has no words as what is wrong with it, among the others', async () => {
    await open()
    await post({}, { facts: { link: 'javascript:x' } })
    const { items } = (await sallyport.browser().get('/dev/mail.json')).json
    expect(items.map(({ text }: { text: string }) => text.slice(0, 20))).toEqual([
      '(its link is not one',
      'Hello,\n\nPlease confi',
    ])
  })

  it('shows them as well while a real way carries them', async () => {
    const recorder = await openRecorder()
    await open({
      settings: { 'delivery.webhook.url': recorder.url },
      env: { SALLYPORT_DELIVERY__WEBHOOK__SECRET: 'x'.repeat(32) },
    })
    await post({})
    await sallyport.server.upkeep()
    expect(recorder.requests).toHaveLength(1)
    expect((await sallyport.browser().get('/dev/mail.json')).json.items[0].code).toBe('482913')
    await recorder.close()
  })

  it('is not there in production, by no route and no contract', async () => {
    const route = {
      operation: 'mail.list',
      on: 'GET /sneaky',
      reply: { status: 200, body: { items: '$items' } },
    } as const
    const contracts = [{ ...native, name: 'sneaky', cookies: {}, routes: [route] }]
    const secret = { current: Buffer.alloc(32, 9) }
    await withDatabaseFile(async (settings) => {
      await open({ settings, secret, contracts })
      await post({})
      expect((await sallyport.browser().get('/sneaky')).json.items).toHaveLength(1)
      await sallyport.close()
      await open({ settings, secret, contracts, mode: 'production' })
      for (const path of ['/dev/mail.json', '/sneaky'])
        expect(told(await sallyport.browser().get(path))).toBe('404 not_found')
      await sallyport.close()
    })
  })
})

describe('GET /v1/admin/outbox', () => {
  it('shows the queue and never what a message says', async () => {
    await open()
    // By a username: a sign-up by address posts a message of its own.
    const { user } = await sallyport.signUp({ email: undefined, preferred_username: 'ada' })
    await post({ userId: user.id }, sms)
    const bot = await machine(sallyport, 'mail:read')
    const answer = await bot.get('/v1/admin/outbox')
    expect(told(answer)).toBe('200')
    expect(answer.json.total_estimate).toBe(2)
    expect(answer.json.items[1]).toEqual({
      id: expect.any(String),
      topic: 'verify_email',
      channel: 'email',
      to: 'ada@example.test',
      user_id: user.id,
      state: 'waiting',
      attempts: 0,
      created_at: '2030-01-01T00:00:00.000Z',
      due_at: '2030-01-01T00:00:00.000Z',
      good_until: '2030-01-01T00:10:00.000Z',
    })
    await sallyport.server.upkeep()
    const after = await bot.get('/v1/admin/outbox')
    expect(after.json.items[0]).toMatchObject({
      state: 'sent',
      attempts: 1,
      sent_at: '2030-01-01T00:00:00.000Z',
    })
    for (const { text } of [answer, after]) expect(text).not.toMatch(/482913|111222|token=abc/)
  })

  it('goes by state, channel and user, and by pages', async () => {
    await open()
    // By a username: a sign-up by address posts a message of its own.
    const { user } = await sallyport.signUp({ email: undefined, preferred_username: 'ada' })
    await post({ userId: user.id }, sms, {}, {}, {})
    const bot = await machine(sallyport, 'mail:read')
    const count = async (query: string) => (await bot.get(`/v1/admin/outbox?${query}`)).json.items.length
    expect([await count('state=waiting'), await count('state=failed')]).toEqual([5, 0])
    expect([await count('channel=sms'), await count(`user_id=${user.id}`)]).toEqual([1, 1])
    const seen: string[] = []
    for (let cursor = ''; ; ) {
      const { json } = await bot.get(`/v1/admin/outbox?limit=2${cursor}`)
      seen.push(...json.items.map(({ id }: { id: string }) => id))
      if (!json.next_cursor) break
      cursor = `&cursor=${json.next_cursor}`
    }
    expect([seen.length, new Set(seen).size]).toEqual([5, 5])
    for (const [query, pointer] of [
      ['state=gone', '/state'],
      ['channel=pigeon', '/channel'],
      ['user_id=1', '/user_id'],
      ['cursor=nonsense', '/cursor'],
      ['limit=1000', '/limit'],
    ]) {
      const answer = await bot.get(`/v1/admin/outbox?${query}`)
      expect([query, told(answer), pointers(answer)]).toEqual([query, '400 invalid_request', [pointer]])
    }
  })

  it('is for administrators and machines that may read it', async () => {
    await open()
    const root = await setUp(sallyport)
    expect(told(await root.browser.get('/v1/admin/outbox'))).toBe('200')
    expect(told(await (await machine(sallyport, 'users:read')).get('/v1/admin/outbox'))).toBe('403 forbidden')
    expect(told(await sallyport.as(await sallyport.signUp()).get('/v1/admin/outbox'))).toBe('403 forbidden')
  })
})

describe('mail.resend', () => {
  it('has what was given up tried again, and tells the audit log who did', async () => {
    const recorder = await openRecorder()
    await open({
      settings: { 'delivery.webhook.url': recorder.url },
      env: { SALLYPORT_DELIVERY__WEBHOOK__SECRET: 'x'.repeat(32) },
    })
    recorder.answer({ status: 422 })
    await post({})
    await sallyport.server.upkeep()
    const { items } = await operate(sallyport, 'mail.outbox', {})
    expect(items).toMatchObject([{ state: 'failed', last_error: 'it answered 422' }])
    recorder.answer({ status: 200 })
    await operate(sallyport, 'mail.resend', { id: items[0].id })
    await sallyport.server.upkeep()
    expect(recorder.requests).toHaveLength(2)
    expect((await operate(sallyport, 'mail.outbox', {})).items).toMatchObject([
      { state: 'sent', attempts: 1 },
    ])
    const { items: audited } = await operate(sallyport, 'audit.list', {})
    const of = (event: string) => audited.find((entry: { event: string }) => entry.event === event)
    expect(of('message.failed')).toMatchObject({ outcome: 'failure', actor: 'system' })
    expect(of('message.resent')).toMatchObject({ outcome: 'success', actor: 'operator' })
    await recorder.close()
  })

  it.each(['waiting', 'sent', 'expired'])('refuses one that is %s', async (state) => {
    await open()
    await post({})
    await sallyport.server.context.store.update(outbox, { state: 'waiting' }, { state })
    const [{ id }] = (await operate(sallyport, 'mail.outbox', {})).items
    await expect(operate(sallyport, 'mail.resend', { id })).rejects.toMatchObject({ code: 'conflict' })
  })

  it('refuses one whose time is over, and one that is not there', async () => {
    await open()
    await post({ goodUntil: sallyport.clock.now() })
    await sallyport.server.context.store.update(outbox, { state: 'waiting' }, { state: 'failed' })
    const [{ id }] = (await operate(sallyport, 'mail.outbox', {})).items
    await expect(operate(sallyport, 'mail.resend', { id })).rejects.toMatchObject({ code: 'conflict' })
    for (const unknown of ['', 'x', '0190a000-0000-7000-8000-000000000000'])
      await expect(operate(sallyport, 'mail.resend', { id: unknown })).rejects.toMatchObject({
        code: 'not_found',
      })
  })
})

describe('mail.test', () => {
  it('refuses what is neither an address nor a number', async () => {
    await open()
    for (const to of ['ada', 'a@b.example, c@d.example', '15550100', '+1', ' '])
      await expect(operate(sallyport, 'mail.test', { to })).rejects.toMatchObject({ code: 'invalid_request' })
    expect(await operate(sallyport, 'mail.test', { to: 'Ada@Example.test' })).toMatchObject({ sent: true })
    expect(await operate(sallyport, 'mail.test', { to: '+15550100' })).toMatchObject({
      sent: true,
      channel: 'sms',
    })
  })
})
