// SMS gateways and the webhook through the whole server, against a real HTTP server that keeps the requests.
import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Message } from '../../domain/outbox.js'
import { outbox } from '../../domain/tables.js'
import { openRecorder, type Recorder } from '../../testing/recorder.js'
import { openSallyport, type Sallyport, withDatabaseFile } from '../../testing/sallyport.js'

let recorder: Recorder
let sallyport: Sallyport | undefined
beforeEach(async () => {
  recorder = await openRecorder()
})
afterEach(async () => {
  await sallyport?.close()
  sallyport = undefined
  await recorder.close()
})

const open = async (settings: Record<string, string>, env: Record<string, string> = {}) => {
  sallyport = await openSallyport({ settings, env })
  return sallyport
}
const post = async (given: Partial<Message> = {}) => {
  const { context } = sallyport!.server
  const message: Message = {
    topic: 'login_code',
    channel: 'sms',
    to: '+15550100',
    facts: { code: '482913', minutes: 10 },
    goodUntil: sallyport!.clock.now() + 600_000,
    ...given,
  }
  await context.store.atomically([context.outbox.post(message)])
  return look()
}
const look = async () => {
  await sallyport!.server.upkeep()
  return (await sallyport!.server.context.store.list(outbox, { limit: 10 })).at(-1)!
}
const words =
  'Sallyport: 482913 is your code to sign in. Do not share it. Good for 10 min.\n\n@localhost #482913'

describe('a gateway of any kind', () => {
  const gateway = (more: Record<string, string> = {}) => ({
    SALLYPORT_SMS__URL: `${recorder.url}/send`,
    SALLYPORT_SMS__HEADERS: '{"Authorization": "Bearer canary-key"}',
    ...more,
  })

  it('is asked by POST with JSON where nothing else is said', async () => {
    await open({}, gateway())
    expect((await post()).state).toBe('sent')
    expect(recorder.requests).toHaveLength(1)
    const [{ method, path, headers, body }] = recorder.requests as [(typeof recorder.requests)[0]]
    expect([method, path]).toEqual(['POST', '/send'])
    expect(headers).toMatchObject({ 'content-type': 'application/json', authorization: 'Bearer canary-key' })
    expect(JSON.parse(body)).toEqual({ to: '+15550100', text: words })
  })

  it('is asked in its own words', async () => {
    await open(
      {
        'sms.method': 'PUT',
        'sms.from': 'Notes',
        'sms.body': 'n={{ to | url_encode }}&m={{ text | url_encode }}&s={{ from }}&i={{ id }}',
      },
      gateway({ SALLYPORT_SMS__HEADERS: '{"content-type": "application/x-www-form-urlencoded"}' }),
    )
    const { id } = await post()
    const [{ method, body }] = recorder.requests as [(typeof recorder.requests)[0]]
    expect(method).toBe('PUT')
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      n: '+15550100',
      m: words,
      s: 'Notes',
      i: id,
    })
  })

  it('may be asked by GET, all of it in the address', async () => {
    const url = `${recorder.url}/send?to={{ to | url_encode }}&text={{ text | url_encode }}`
    await open({ 'sms.method': 'GET' }, gateway({ SALLYPORT_SMS__URL: url }))
    expect((await post({ locale: 'ko' })).state).toBe('sent')
    const [{ method, path, body }] = recorder.requests as [(typeof recorder.requests)[0]]
    expect([method, body]).toEqual(['GET', ''])
    expect(new URL(path, recorder.url).searchParams.get('text')).toContain('[Sallyport] 로그인 코드 482913.')
  })

  it('is never given anything but a number in E.164', async () => {
    await open({}, gateway())
    for (const to of ['15550100', '+1555,+1666', '+15550100\r\nx', 'ada@example.test', '+0123456789', ''])
      expect(await post({ to })).toMatchObject({ state: 'failed', last_error: 'the number is not in E.164' })
    expect(recorder.requests).toEqual([])
  })

  it.each([
    ['{"text": "{{ text }}"}', 'application/json', /json }} without quotes/],
    ['{"text": {{ text | json }}', 'application/json', /json }} without quotes/],
    ['m={{ text }}', 'application/x-www-form-urlencoded', /url_encode/],
    ['{{ txt | json }}', 'application/json', /Correct sms.body/],
    ['{{ text | jsn }}', 'application/json', /Correct sms.body/],
    ['{% include "/etc/passwd" %}', 'text/plain', /Correct sms.body/],
  ])('whose body a message could break out of stops the start: %s', async (body, type, next) => {
    const env = gateway({ SALLYPORT_SMS__HEADERS: JSON.stringify({ 'content-type': type }) })
    await expect(open({ 'sms.body': body }, env)).rejects.toMatchObject({
      message: expect.stringMatching(/^sms\.body cannot be used/),
      next: expect.stringMatching(next),
    })
  })

  it('whose host would follow from a message stops the start', async () => {
    const url = '{{ text }}.example.com/send'
    await expect(open({}, gateway({ SALLYPORT_SMS__URL: url }))).rejects.toThrow(/sms\.url/)
    const behind = `https://gateway.example{{ text }}/`
    await expect(open({}, gateway({ SALLYPORT_SMS__URL: behind }))).rejects.toThrow(/sms\.url|sms\.body/)
  })

  it.each([
    'http://gateway.example/send',
    'ftp://gateway.example',
    'https://user:pass@gateway.example/',
    'gateway.example',
  ])('is not asked at %s', async (url) => {
    await expect(open({}, gateway({ SALLYPORT_SMS__URL: url }))).rejects.toThrow(/sms\.url/)
  })

  it('has a key that is nowhere in the log or the outbox', async () => {
    await open({}, gateway())
    recorder.answer({ status: 401, body: 'Bearer canary-key is wrong' })
    await post()
    const all =
      JSON.stringify(await sallyport!.server.context.store.list(outbox, { limit: 9 })) + sallyport!.logged
    expect(all).not.toContain('canary-key')
  })
})

describe('what a gateway answers', () => {
  it.each([
    [200, 'sent', 0],
    [202, 'sent', 0],
    [400, 'failed', 0],
    [422, 'failed', 0],
    [301, 'waiting', 0],
    [401, 'waiting', 0],
    [404, 'waiting', 0],
    [429, 'waiting', 0],
    [500, 'waiting', 0],
    [503, 'waiting', 0],
    [502, 'waiting', 1],
    [504, 'waiting', 1],
  ])('%i leaves the message %s', async (status, state, unclear) => {
    await open({}, { SALLYPORT_SMS__URL: `${recorder.url}/send` })
    recorder.answer({ status, headers: { location: `${recorder.url}/elsewhere` } })
    expect(await post()).toMatchObject({ state, ...(state !== 'sent' && { unclear }) })
    expect(recorder.requests.map(({ path }) => path)).toEqual(['/send'])
  })

  it('with Retry-After is waited for', async () => {
    await open({}, { SALLYPORT_SMS__URL: `${recorder.url}/send` })
    recorder.answer({ status: 429, headers: { 'retry-after': '120' } })
    expect((await post()).due_at).toBe(sallyport!.clock.now() + 120_000)
  })

  it.each(['hangs', 'breaks'] as const)(
    'where it %s may have been taken: once more, and never a third time',
    async (how) => {
      await open({}, { SALLYPORT_SMS__URL: `${recorder.url}/send` })
      recorder.answer(how)
      expect(await post()).toMatchObject({ state: 'waiting', unclear: 1 })
      for (let minute = 0; minute < 3; minute++) {
        sallyport!.clock.advance(60_000)
        await look()
      }
      expect(await look()).toMatchObject({ state: 'failed', unclear: 2 })
      expect(recorder.requests).toHaveLength(2)
    },
    20_000,
  )

  it('without end is not read to its end', async () => {
    await open({}, { SALLYPORT_SMS__URL: `${recorder.url}/send` })
    recorder.answer('floods')
    expect((await post()).state).toBe('sent')
  })

  it('where nobody listens is that the message has not arrived', async () => {
    const { url } = recorder
    await open({}, { SALLYPORT_SMS__URL: `${url}/send` })
    await recorder.close()
    const row = await post()
    recorder = await openRecorder()
    expect(row).toMatchObject({ state: 'waiting', unclear: 0, last_error: 'ECONNREFUSED' })
  })
})

describe('Twilio', () => {
  const account = `AC${'0123456789abcdef'.repeat(2)}`
  const twilio = (more: Record<string, string> = {}) => ({
    'sms.twilio.account-sid': account,
    'sms.twilio.url': recorder.url,
    ...more,
  })
  const env = { SALLYPORT_SMS__TWILIO__AUTH_TOKEN: 'canary-token' }

  it('is asked as its API wants it', async () => {
    await open(twilio({ 'sms.from': '+15550199' }), env)
    recorder.answer({ status: 201, body: '{"sid": "SM1"}' })
    expect((await post()).state).toBe('sent')
    const [{ method, path, headers, body }] = recorder.requests as [(typeof recorder.requests)[0]]
    expect([method, path]).toEqual(['POST', `/2010-04-01/Accounts/${account}/Messages.json`])
    expect(headers).toMatchObject({
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from(`${account}:canary-token`).toString('base64')}`,
    })
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      From: '+15550199',
      To: '+15550100',
      Body: words,
      ValidityPeriod: '600',
    })
  })

  it('may choose the sender by its messaging service', async () => {
    const service = `MG${'0123456789abcdef'.repeat(2)}`
    await open(twilio({ 'sms.twilio.service-sid': service }), env)
    await post()
    const body = new URLSearchParams(recorder.requests[0]!.body)
    expect([body.get('MessagingServiceSid'), body.get('From')]).toEqual([service, null])
  })

  it('says by a number of its own what is wrong', async () => {
    await open(twilio({ 'sms.from': '+15550199' }), env)
    recorder.answer({
      status: 400,
      body: '{"code": 21211, "message": "The To number +15550100 is not valid"}',
    })
    expect(await post()).toMatchObject({ state: 'failed', last_error: 'it answered 400, error 21211' })
  })
})

describe('the webhook', () => {
  const secret = 'a secret that only the two of us know'
  const env = { SALLYPORT_DELIVERY__WEBHOOK__SECRET: secret }
  const hook = (more: Record<string, string> = {}) => ({
    'delivery.webhook.url': `${recorder.url}/hook`,
    ...more,
  })

  it('is given mail and SMS whole', async () => {
    await open(hook({ 'sms.from': 'Notes' }), env)
    const mail = await post({ topic: 'verify_email', channel: 'email', to: 'ada@example.test', locale: 'ko' })
    expect(JSON.parse(recorder.requests[0]!.body)).toEqual({
      id: mail.id,
      topic: 'verify_email',
      channel: 'email',
      to: 'ada@example.test',
      from: 'Sallyport <no-reply@localhost>',
      locale: 'ko',
      subject: '[Sallyport] 이메일 주소를 확인해 주세요',
      text: expect.stringContaining('482913'),
      html: expect.stringContaining('482913'),
      facts: { code: '482913', minutes: 10 },
      attempt: 1,
      created_at: '2030-01-01T00:00:00.000Z',
      good_until: '2030-01-01T00:10:00.000Z',
    })
    await post()
    expect(JSON.parse(recorder.requests[1]!.body)).toMatchObject({
      channel: 'sms',
      from: 'Notes',
      text: words,
    })
  })

  it('can tell by the signature that it was us, and when', async () => {
    await open(hook(), env)
    await post()
    const [{ body, headers }] = recorder.requests as [(typeof recorder.requests)[0]]
    const [, time, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['sallyport-signature']))!
    expect(Number(time) * 1000).toBe(sallyport!.clock.now())
    const made = (key: string, text: string) =>
      createHmac('sha256', key).update(`${time}.${text}`).digest('hex')
    expect(signature).toBe(made(secret, body))
    expect(signature).not.toBe(made(`${secret}!`, body))
    expect(signature).not.toBe(made(secret, `${body} `))
  })

  it('is told again with the same id what it did not confirm, as often as it takes', async () => {
    await open(hook(), env)
    recorder.answer('breaks')
    await post()
    for (let minute = 0; minute < 3; minute++) {
      sallyport!.clock.advance(60_000)
      await look()
    }
    recorder.answer({ status: 204 })
    sallyport!.clock.advance(60_000)
    expect(await look()).toMatchObject({ state: 'sent', attempts: 5 })
    const told = recorder.requests.map(({ body }) => JSON.parse(body))
    expect(new Set(told.map(({ id }) => id)).size).toBe(1)
    expect(told.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5])
  })

  it('takes one channel where that is said', async () => {
    await open(hook({ 'delivery.webhook.channels': 'sms' }), env)
    await post({ topic: 'verify_email', channel: 'email', to: 'ada@example.test' })
    await post()
    expect(recorder.requests.map(({ body }) => JSON.parse(body).channel)).toEqual(['sms'])
  })
})

describe('settings that do not fit together stop the start', () => {
  const account = `AC${'0'.repeat(32)}`
  it.each<[Record<string, string>, Record<string, string>, RegExp]>([
    [{ 'smtp.host': 'mail.example' }, {}, /smtp\.host is set, and smtp\.from is not/],
    [{ 'smtp.user': 'x' }, {}, /smtp\.user is set, and smtp\.password is not/],
    [{}, { SALLYPORT_SMTP__PASSWORD: 'x' }, /smtp\.password is set, and smtp\.user is not/],
    [{ 'smtp.from': 'a@b.example, c@d.example' }, {}, /smtp\.from is/],
    [
      { 'smtp.host': 'x', 'smtp.from': 'a@b.example', 'smtp.ca-file': '/none' },
      {},
      /smtp\.ca_file \/none cannot be read/,
    ],
    [
      {
        'smtp.host': 'mail.example',
        'smtp.from': 'a@b.example',
        'smtp.user': 'x',
        'smtp.require-tls': 'false',
      },
      { SALLYPORT_SMTP__PASSWORD: 'x' },
      /it could be read on the way/,
    ],
    [{ 'smtp.dkim.domain': 'b.example' }, {}, /smtp\.dkim\.domain is set, and smtp\.dkim\.selector is not/],
    [
      { 'smtp.dkim.domain': 'b.example', 'smtp.dkim.selector': 's' },
      { SALLYPORT_SMTP__DKIM__PRIVATE_KEY: 'nonsense' },
      /smtp\.dkim\.private_key cannot be read/,
    ],
    [
      { 'sms.twilio.account-sid': account },
      {},
      /sms\.twilio\.account_sid is set, and sms\.twilio\.auth_token is not/,
    ],
    [
      { 'sms.twilio.account-sid': account },
      { SALLYPORT_SMS__TWILIO__AUTH_TOKEN: 'x' },
      /sms\.twilio\.account_sid is set, and sms\.from is not/,
    ],
    [{ 'sms.twilio.account-sid': account }, { SALLYPORT_SMS__URL: 'https://a.example' }, /name two gateways/],
    [
      { 'delivery.webhook.url': 'https://a.example' },
      {},
      /delivery\.webhook\.url is set, and delivery\.webhook\.secret is not/,
    ],
    [{ 'mail.templates': '/none' }, {}, /\/none cannot be read/],
  ])('%o %o', async (settings, env, told) => {
    await expect(open(settings, env)).rejects.toThrow(told)
  })

  it('and plain http is for development, on this machine', async () => {
    const env = { SALLYPORT_DELIVERY__WEBHOOK__SECRET: 'x'.repeat(32) }
    await withDatabaseFile(async (file) => {
      const settings = { ...file, 'delivery.webhook.url': 'http://127.0.0.1:1/hook' }
      const secret = { current: Buffer.alloc(32, 7) }
      sallyport = await openSallyport({ settings, env, secret })
      const production = openSallyport({ settings, env, secret, mode: 'production' })
      await expect(production).rejects.toThrow(/delivery\.webhook\.url names plain http/)
      await sallyport!.close()
      sallyport = undefined
    })
  })
})
