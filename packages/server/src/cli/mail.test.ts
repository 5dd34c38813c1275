// `sallyport mail …`, doctor and the two servers as processes, with a real mail server to speak to.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { outbox } from '../domain/tables.js'
import { type MailServer, openMailServer } from '../testing/mail-server.js'
import { type Home, makeHome, type Started } from '../testing/program.js'
import { openSallyport } from '../testing/sallyport.js'

const secret = randomBytes(32)
let home: Home
let server: MailServer
let env: Record<string, string>
beforeEach(async () => {
  home = makeHome()
  server = await openMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] })
  env = {
    SALLYPORT_SECRET: secret.toString('base64url'),
    SALLYPORT_DATABASE_URL: `sqlite:${join(home.directory, 'test.db')}`,
  }
})
afterEach(async () => {
  await home.remove()
  await server.close()
})

const smtp = () => ({
  SALLYPORT_SMTP__HOST: '127.0.0.1',
  SALLYPORT_SMTP__PORT: String(server.port),
  SALLYPORT_SMTP__REQUIRE_TLS: 'false',
  SALLYPORT_SMTP__FROM: 'Notes <no-reply@notes.example>',
})
/** Posts messages into the database of the processes, and leaves it to them. */
async function post(...states: string[]): Promise<void> {
  const sallyport = await openSallyport({
    settings: { 'database-url': env.SALLYPORT_DATABASE_URL! },
    secret: { current: secret },
  })
  const { store, outbox: box } = sallyport.server.context
  for (const state of states) {
    const facts = { code: '482913', link: 'https://notes.example/verify?token=secretlink', minutes: 10 }
    const goodUntil = Date.now() + 86_400_000
    const write = box.post({
      topic: 'verify_email',
      channel: 'email',
      to: 'ada@example.test',
      facts,
      goodUntil,
    })
    await store.atomically([write])
    await store.update(outbox, { state: 'waiting' }, { state, due_at: 0 })
  }
  await sallyport.close()
}

describe('sallyport mail', () => {
  test('lists the queue without what is in it, and has one resent that was given up', async () => {
    await post('failed')
    const listed = await home.run(['mail', 'list', '--state', 'failed'], env)
    expect(listed.out).toMatch(
      /^ID +CREATED +TOPIC +TO +STATE +TRIES +LAST ERROR\n\S+ .*verify_email +ada@example\.test +failed +0 +-\n$/,
    )
    expect(listed.out + listed.err).not.toMatch(/482913|secretlink/)
    const { items } = JSON.parse((await home.run(['mail', 'list', '--json'], env)).out)
    const resent = await home.run(['mail', 'resend', items[0].id], env)
    expect([resent.code, resent.err]).toEqual([0, expect.stringContaining('Waiting again')])
    const again = await home.run(['mail', 'resend', items[0].id], env)
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining('It is waiting to be sent anyway') })
    expect((await home.run(['mail', 'resend', 'x'], env)).err).toContain(
      '→ sallyport mail list --state failed',
    )
  })

  test('previews what is said: words, HTML and templates, in a language', async () => {
    await post()
    const preview = (...args: string[]) => home.run(['mail', 'preview', ...args], env)
    const plain = await preview('verify_email')
    expect(plain.out).toMatch(/^Subject: Confirm your address for Sallyport\n\nHello Ada Lovelace,\n/)
    expect((await preview('verify_email', '--locale', 'ko')).out).toMatch(/^Subject: \[Sallyport\] 이메일/)
    expect((await preview('verify_email', '--html')).out).toMatch(/^<!doctype html>/)
    expect((await preview('verify_email', '--source')).out).toMatch(
      /^==> verify_email\.subject\.txt\nConfirm .*{{ brand }}/,
    )
    expect((await preview('verify_phone')).out).toMatch(/^Sallyport: 482913 confirms/)
    expect(JSON.parse((await preview('login_code', '--channel', 'sms', '--json')).out)).toMatchObject({
      channel: 'sms',
    })
    const wrong = await preview('verify_mail')
    expect([wrong.code, wrong.err]).toEqual([
      1,
      expect.stringContaining('There are: verify_email, signup_taken'),
    ])
    expect((await preview('verify_email', '--html', '--source')).code).toBe(2)
  })

  test('sends a test and says what became of it', async () => {
    await post()
    const test = (to: string, more = {}) => home.run(['mail', 'test', to], { ...env, ...more })
    const nobody = await test('ada@example.test')
    expect([nobody.code, nobody.err]).toEqual([4, expect.stringContaining('nothing is configured')])
    const sent = await test('ada@example.test', smtp())
    expect([sent.code, sent.err]).toEqual([0, `Handed to 127.0.0.1:${server.port}.\n`])
    expect(server.mails[0]).toMatchObject({
      to: ['ada@example.test'],
      mail: { subject: 'Sallyport can send mail' },
    })
    server.behave('rcpt', 550, 'no such user')
    const refused = await test('ada@example.test', smtp())
    expect([refused.code, refused.err]).toEqual([4, expect.stringContaining('550 no such user')])
    expect((await test('nobody')).code).toBe(2)
  })
})

test('doctor says whether mail gets out', async () => {
  await post('failed')
  const about = async (more: Record<string, string>) => {
    const { out } = await home.run(['doctor', '--json'], { ...env, ...more })
    return JSON.parse(out).findings.find((one: { about: string }) => one.about === 'mail')
  }
  expect(await about({})).toMatchObject({
    verdict: 'warn',
    fix: expect.stringContaining('SALLYPORT_SMTP__HOST'),
  })
  expect(await about(smtp())).toMatchObject({ verdict: 'warn', says: expect.stringContaining('1 messages') })
  expect(await about({ ...smtp(), SALLYPORT_SMTP__REQUIRE_TLS: 'true' })).toMatchObject({ verdict: 'fail' })
  expect(await about({ ...smtp(), SALLYPORT_SMTP__PORT: '1' })).toMatchObject({
    verdict: 'fail',
    says: expect.stringContaining('ECONNREFUSED'),
  })
})

describe('a message', () => {
  test('is one line of a development server, with its code', async () => {
    await post('waiting')
    const dev = home.sallyport(['dev', '--port', '0'], env)
    const out = await dev.saying('/dev/mail\n')
    expect(out).toMatch(
      /^\d\d:\d\d:\d\d mail {5}verify_email {2}ada@example\.test {2}code 482913 → \/dev\/mail$/m,
    )
    const url = /http:\S+\/dev\/mail\.json/.exec(out)![0]
    expect(await (await fetch(url)).json()).toMatchObject({ items: [{ code: '482913' }] })
    dev.child.kill('SIGTERM')
    expect((await dev.ended).out.match(/482913/g)).toHaveLength(1)
  })

  test('leaves a production server, whose log knows no code, link or address', async () => {
    await post('waiting')
    const production = home.sallyport(['serve', '--port', '0', '--metrics.port', '0'], { ...env, ...smtp() })
    await server.received(1)
    await production.saying('message sent')
    production.child.kill('SIGTERM')
    const { code, out, err } = await production.ended
    expect([code, err]).toEqual([0, ''])
    expect(out).not.toMatch(/482913|secretlink|ada@/)
    expect(server.mails[0]!.mail.text).toContain('482913')
  })

  test('on its way when the server is killed arrives twice at most', async () => {
    await post('waiting')
    server.behave('taken', 'hangs')
    const clock = { ...env, ...smtp(), SALLYPORT_TESTING__CLOCK: 'true' }
    const life = async (advance: string, happens: (dev: Started) => Promise<unknown>) => {
      const dev = home.sallyport(['dev', '--port', '0'], clock)
      const url = /http:\S+(?=\/v1)/.exec(await dev.saying('Ctrl-C stops it.'))![0]
      const headers = { 'content-type': 'application/json' }
      await fetch(`${url}/dev/clock`, { method: 'POST', headers, body: JSON.stringify({ advance }) })
      await happens(dev)
      dev.child.kill('SIGKILL')
      await dev.ended
    }
    await life('0s', () => server.received(1))
    await life('10m', () => server.received(2))
    await life('20m', (dev) => dev.saying('reason unclear'))
    expect(server.mails).toHaveLength(2)
    expect(new Set(server.mails.map(({ mail }) => mail.messageId)).size).toBe(1)
  })
})
