// Mail by SMTP through the whole server, against a real mail server in this process.
import { createHash, generateKeyPairSync, verify } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SMTPServerOptions } from 'smtp-server'
import { afterEach, describe, expect, it } from 'vitest'
import type { Message } from '../../domain/outbox.js'
import { outbox } from '../../domain/tables.js'
import { certificate } from '../../testing/certificate.js'
import { type MailServer, openMailServer } from '../../testing/mail-server.js'
import { type Options, openSallyport, type Sallyport } from '../../testing/sallyport.js'

let sallyport: Sallyport
let server: MailServer
let folder: string | undefined
afterEach(async () => {
  await sallyport?.close()
  await server.close()
  if (folder) rmSync(folder, { recursive: true })
  folder = undefined
})

const file = (name: string, content: string) => {
  folder ??= mkdtempSync(join(tmpdir(), 'sallyport-smtp-'))
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
const open = async (
  { settings, env, ...options }: Options = {},
  given: SMTPServerOptions = { disabledCommands: ['STARTTLS', 'AUTH'] },
) => {
  server = await openMailServer(given)
  sallyport = await openSallyport({
    settings: {
      'smtp.host': '127.0.0.1',
      'smtp.port': String(server.port),
      'smtp.require-tls': 'false',
      'smtp.from': 'Notes <no-reply@notes.example>',
      ...settings,
    },
    ...(env && { env }),
    ...options,
  })
}
const message = (given: Partial<Message> = {}): Message => ({
  topic: 'verify_email',
  channel: 'email',
  to: 'ada@example.test',
  facts: { code: '482913', link: 'https://notes.example/verify?token=abc', minutes: 10 },
  goodUntil: sallyport.clock.now() + 600_000,
  ...given,
})
const post = async (...given: Partial<Message>[]) => {
  const { store, outbox: box } = sallyport.server.context
  await store.atomically(given.map((one) => box.post(message(one))))
  await sallyport.server.upkeep()
  const rows = await store.list(outbox, { limit: 1000 })
  return rows.map(({ state, last_error }) => ({ state, last_error }))
}

describe('a mail', () => {
  it('arrives with text, HTML and headers that say what it is', async () => {
    await open({ settings: { 'smtp.reply-to': 'help@notes.example' } })
    expect(await post({ locale: 'ko' })).toEqual([{ state: 'sent', last_error: null }])
    const [{ from, to, mail }] = server.mails as [(typeof server.mails)[0]]
    expect([from, to]).toEqual(['no-reply@notes.example', ['ada@example.test']])
    expect(mail.from).toMatchObject({ name: 'Notes', address: 'no-reply@notes.example' })
    expect(mail.to).toMatchObject([{ name: '', address: 'ada@example.test' }])
    expect(mail.replyTo).toMatchObject([{ address: 'help@notes.example' }])
    expect(mail.subject).toBe('[Sallyport] 이메일 주소를 확인해 주세요')
    for (const part of [mail.text, mail.html]) expect(part).toContain('482913')
    const header = (name: string) => mail.headers.find(({ key }) => key === name)?.value
    expect(header('auto-submitted')).toBe('auto-generated')
    expect(header('content-language')).toBe('ko')
  })

  it('has an id that follows from the outbox, so that a duplicate is recognised', async () => {
    await open()
    server.behave('taken', 451)
    await post({})
    server.behave('taken', 'takes')
    sallyport.clock.advance(60_000)
    await sallyport.server.upkeep()
    const [row] = await sallyport.server.context.store.list(outbox, { limit: 1 })
    expect(server.mails.map(({ mail }) => mail.messageId)).toEqual(
      Array(2).fill(`<${row!.id}@notes.example>`),
    )
    expect(new Set(server.mails.map(({ mail }) => mail.date)).size).toBe(1)
  })

  it('shares its connection with others', async () => {
    await open({ settings: { 'smtp.pool': '2' } })
    await post(...Array.from({ length: 20 }, (_, at) => ({ to: `user${at}@example.test` })))
    expect(new Set(server.mails.map(({ to }) => to[0])).size).toBe(20)
    expect(server.mails).toHaveLength(20)
    expect(server.connections()).toBeLessThanOrEqual(2)
  })
})

describe('TLS', () => {
  const tls = { disabledCommands: ['AUTH'] }
  const strict = { 'smtp.require-tls': 'true', 'smtp.host': 'localhost' }

  it('is asked for, and the certificate is checked', async () => {
    await open({ settings: strict }, tls)
    const [row] = await post({})
    expect(row).toMatchObject({ state: 'waiting', last_error: expect.stringMatching(/self.signed/i) })
    expect(server.mails).toEqual([])
  })

  it('is used where the certificate is one of smtp.ca_file', async () => {
    await open({ settings: { ...strict, 'smtp.ca-file': file('ca.pem', certificate) } }, tls)
    expect(await post({})).toMatchObject([{ state: 'sent' }])
    expect(server.mails[0]!.encrypted).toBe(true)
  })

  it('from the first byte works too', async () => {
    const settings = { ...strict, 'smtp.secure': 'true', 'smtp.ca-file': file('ca.pem', certificate) }
    await open({ settings }, { ...tls, secure: true })
    expect(await post({})).toMatchObject([{ state: 'sent' }])
    expect(server.mails[0]!.encrypted).toBe(true)
  })

  it('that a server does not offer is missed, and nothing is sent', async () => {
    await open({ settings: { 'smtp.require-tls': 'true' } })
    expect(await post({})).toMatchObject([
      { state: 'waiting', last_error: expect.stringContaining('STARTTLS') },
    ])
    expect(server.commands.filter((line) => /^(MAIL|RCPT|AUTH)/.test(line))).toEqual([])
  })

  it('is had before the password is said', async () => {
    const settings = { ...strict, 'smtp.user': 'notes', 'smtp.ca-file': file('ca.pem', certificate) }
    await open({ settings, env: { SALLYPORT_SMTP__PASSWORD: 'right' } }, {})
    expect(await post({})).toMatchObject([{ state: 'sent' }])
    expect(server.mails[0]).toMatchObject({ encrypted: true, user: 'notes' })
  })
})

it('a wrong password is our trouble and not the message’s: it waits', async () => {
  const settings = { 'smtp.user': 'notes' }
  await open(
    { settings, env: { SALLYPORT_SMTP__PASSWORD: 'wrong canary' } },
    { allowInsecureAuth: true, disabledCommands: ['STARTTLS'] },
  )
  expect(await post({})).toMatchObject([{ state: 'waiting', last_error: expect.stringContaining('535') }])
  expect(sallyport.logged.join('\n')).not.toContain('wrong canary')
})

it('a mail is signed (DKIM) so that the public key verifies it, and a changed one does not', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const env = {
    SALLYPORT_SMTP__DKIM__PRIVATE_KEY_FILE: file(
      'dkim.pem',
      privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    ),
  }
  await open({ env, settings: { 'smtp.dkim.domain': 'notes.example', 'smtp.dkim.selector': 's1' } })
  await post({})
  const { raw } = server.mails[0]!
  expect(raw).toMatch(/^DKIM-Signature: [\s\S]*d=notes\.example;[\s\S]*s=s1;/m)
  expect(verifyDkim(raw, publicKey)).toBe(true)
  expect(verifyDkim(raw.replace('482913', '000000'), publicKey)).toBe(false)
  expect(verifyDkim(raw.replace('ada@example.test', 'eve@example.test'), publicKey)).toBe(false)
})

/** RFC 6376, relaxed/relaxed, for one signature. */
function verifyDkim(raw: string, key: Parameters<typeof verify>[2]): boolean {
  const [head = '', ...rest] = raw.split('\r\n\r\n')
  const fields = head
    .split(/\r\n(?![ \t])/)
    .map((field) => [field.slice(0, field.indexOf(':')), field] as const)
  const relaxed = (field: string) => {
    const at = field.indexOf(':')
    return `${field.slice(0, at).toLowerCase().trim()}:${field
      .slice(at + 1)
      .replace(/\r\n/g, '')
      .replace(/[ \t]+/g, ' ')
      .trim()}`
  }
  const own = fields.find(([name]) => name === 'DKIM-Signature')![1]
  const tag = (name: string) => new RegExp(`[;:]\\s*${name}=([^;]*)`).exec(own)?.[1]?.replace(/\s/g, '') ?? ''
  const lines = rest
    .join('\r\n\r\n')
    .replace(/[ \t]+/g, ' ')
    .replace(/ \r\n/g, '\r\n')
  const body = lines.replace(/(\r\n)*$/, '\r\n')
  if (createHash('sha256').update(body, 'latin1').digest('base64') !== tag('bh')) return false
  const signed = tag('h')
    .split(':')
    .map((name) => fields.find(([known]) => known.toLowerCase() === name.toLowerCase()))
  const text = signed.flatMap((field) => (field ? [relaxed(field[1])] : [])).join('\r\n')
  const unsigned = relaxed(own.replace(/([;:]\s*b=)[^;]*/, '$1'))
  return verify(
    'sha256',
    Buffer.from(`${text}\r\n${unsigned}`, 'latin1'),
    key,
    Buffer.from(tag('b'), 'base64'),
  )
}

describe('what a server answers', () => {
  it.each([
    ['mail', 530, 'waiting', 'who are you'],
    ['mail', 451, 'waiting', 'not now'],
    ['rcpt', 550, 'failed', 'no such user'],
    ['rcpt', 450, 'waiting', 'greylisted'],
    ['data', 554, 'failed', 'spam'],
    ['data', 452, 'waiting', 'full'],
    ['connect', 554, 'waiting', 'no service'],
    ['connect', 421, 'waiting', 'busy'],
  ] as const)('at %s with %i leaves the mail %s', async (stage, code, state, words) => {
    await open()
    server.behave(stage, code, `${words} <Ada@example.test> 482913`)
    expect(await post({})).toEqual([{ state, last_error: expect.stringContaining(words) }])
    const [row] = await sallyport.server.context.store.list(outbox, { limit: 1 })
    expect(row!.last_error).not.toMatch(/ada|482913/i)
    expect(row!.unclear).toBe(0)
  })

  it('where nobody listens is that it waits', async () => {
    await open()
    await server.close()
    expect(await post({})).toEqual([
      { state: 'waiting', last_error: expect.stringContaining('ECONNREFUSED') },
    ])
  })
})
