// SG8: a message goes to exactly the one mailbox that is stored, however it is spelled. Forty addresses that two programs
// could read as two, through sign-up and the outbox to a mail server that keeps the envelope and the header.
import { domainToASCII } from 'node:url'
import PostalMime from 'postal-mime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { outbox, users } from '../domain/tables.js'
import { type MailServer, openMailServer } from '../testing/mail-server.js'
import { openSallyport, type Sallyport } from '../testing/sallyport.js'
import { pointers, told } from '../testing/told.js'
import { isMailbox, parseSender } from './mailbox.js'

const hostile = [
  'a@b.example,eve@evil.example',
  'a@b.example, eve@evil.example',
  'a@b.example;eve@evil.example',
  'a@b.example eve@evil.example',
  'a@b.example\neve@evil.example',
  'a@b.example\r\nBcc: eve@evil.example',
  'a@b.example\r\nRCPT TO:<eve@evil.example>',
  'a@b.example\u0000eve@evil.example',
  'a@b.example%0d%0abcc:eve@evil.example',
  'a@b.example>\r\nRCPT TO:<eve@evil.example',
  'a@b.example> <eve@evil.example',
  '<a@b.example> <eve@evil.example>',
  'eve@evil.example <a@b.example>',
  '"eve@evil.example" <a@b.example>',
  'a@b.example (eve@evil.example)',
  '(eve@evil.example) a@b.example',
  'a@b.example@evil.example',
  'a@@b.example',
  '"a@b.example"@evil.example',
  '"a\\"@b.example,eve"@evil.example',
  '"a b"@b.example',
  '"eve@evil.example,"@b.example',
  'a\\@evil.example@b.example',
  'group: a@b.example, eve@evil.example;',
  'undisclosed: eve@evil.example;@b.example',
  'eve@evil.example\u2028a@b.example',
  'eve\u200b@b.example',
  'a@b.example\u202eelpmaxe.live@eve',
  'a\uff20b.example',
  'a@b.example\uff0ceve@evil.example',
  'a@b.example\uff1beve@evil.example',
  'a\ufe6bevil.example@b.example',
  'a\uff1ceve@evil.example\uff1e@b.example',
  'a@[127.0.0.1]',
  'a@127.0.0.1',
  'a@b.example/../evil.example',
  'a@b.example?to=eve@evil.example',
  'a@xn--.example',
  '=?utf-8?q?eve=40evil.example?=@b.example',
  '=?utf-8?b?ZXZlQGV2aWwuZXhhbXBsZSw=?=@b.example',
  'eve@evil.example!a@b.example',
  'b.example!eve@evil.example',
  'eve%evil.example@b.example',
  "a'--@b.example",
  'a{{7*7}}@b.example',
  'A\u030a@B\u00fccher.example',
  '\u{1d41a}@b.example',
]

let server: MailServer
let sallyport: Sallyport
beforeAll(async () => {
  server = await openMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] })
  sallyport = await openSallyport({
    settings: {
      'smtp.host': '127.0.0.1',
      'smtp.port': String(server.port),
      'smtp.require-tls': 'false',
      'smtp.from': 'no-reply@notes.example',
    },
  })
})
afterAll(async () => {
  await sallyport.close()
  await server.close()
})

/** Sends one message there and answers its row; what the server got is in `server`. */
async function send(to: string) {
  server.mails.length = 0
  server.commands.length = 0
  const { store, outbox: box } = sallyport.server.context
  const message = { topic: 'password_changed', channel: 'email', to, facts: {} } as const
  await store.atomically([box.post({ ...message, goodUntil: sallyport.clock.now() + 60_000 })])
  await sallyport.server.upkeep()
  const order = { by: ['created_at'] as const, direction: 'descending' as const }
  return (await store.list(outbox, { order, limit: 1 }))[0]!
}

/** An address with its domain as DNS knows it. */
function inAscii(address: string): string {
  const at = address.lastIndexOf('@') + 1
  return address.slice(0, at) + domainToASCII(address.slice(at))
}

/** Whoever the server was asked to give something to, and whom a mail program shows. */
async function recipients() {
  const commands = server.commands.filter((line) => /^RCPT/i.test(line))
  const headers = await Promise.all(
    server.mails.map(({ raw }) => PostalMime.parse(Buffer.from(raw, 'latin1'))),
  )
  const shown = headers.flatMap(({ to = [], cc = [], bcc = [] }) => [...to, ...cc, ...bcc])
  return {
    commands,
    envelope: server.mails.flatMap(({ to }) => to.map(inAscii)),
    header: shown.map((one) => inAscii(one.address ?? '')),
    raw: server.mails.map(({ raw }) => raw).join(''),
  }
}

it('there are more than forty of them', () => {
  expect(new Set(hostile).size).toBeGreaterThan(40)
})

describe('signed up with', () => {
  it.each(hostile.map((address) => [JSON.stringify(address), address]))('%s', async (_, email) => {
    const answer = await sallyport.browser().post('/v1/signup', { email, password: 'correct horse battery' })
    if (answer.status !== 201) {
      // The spelling of one that was there before.
      if (told(answer) === '409 email_taken') return
      expect(told(answer)).toBe('400 invalid_request')
      expect(pointers(answer)).toEqual(['/email'])
      return
    }
    const { email: stored } = (await sallyport.server.context.store.get(users, { id: answer.json.user.id }))!
    const row = await send(stored!)
    const { commands, envelope, header, raw } = await recipients()
    expect(row.state).toBe('sent')
    // The message of the sign-up itself may be among them.
    expect(commands.length).toBeGreaterThan(0)
    for (const command of commands)
      expect(command.split(' ').slice(0, 2).join(' ')).toBe(`RCPT TO:<${stored}>`)
    expect([...new Set(envelope)]).toEqual([stored])
    expect([...new Set(header)]).toEqual([stored])
    expect([...new Set(raw.match(/^(to|cc|bcc):/gim))]).toEqual(['To:'])
  })
})

describe('an address that should never have been stored', () => {
  it.each(hostile.map((address) => [JSON.stringify(address), address]))('%s', async (_, address) => {
    const { state, last_error } = await send(address)
    const { commands, envelope, header, raw } = await recipients()
    if (state !== 'sent') {
      expect([state, last_error]).toEqual(['failed', 'the address is not one mailbox'])
      expect([commands, raw]).toEqual([[], ''])
      return
    }
    expect(commands).toHaveLength(1)
    expect([envelope, header]).toEqual([[address], [address]])
  })

  it('a good one is sent', async () => {
    expect((await send('ada.lovelace+notes@mail.example')).state).toBe('sent')
    expect(await recipients()).toMatchObject({
      commands: [expect.stringMatching(/^RCPT TO:<ada\.lovelace\+notes@mail\.example>/)],
      header: ['ada.lovelace+notes@mail.example'],
    })
  })
})

it('a sender is one mailbox too', () => {
  for (const address of hostile.filter((one) => !isMailbox(one)))
    expect([address, parseSender(`Notes <${address}>`)]).toEqual([address, undefined])
  expect(parseSender('Notes <no-reply@notes.example>')).toEqual({
    name: 'Notes',
    address: 'no-reply@notes.example',
  })
  expect(parseSender('"Notes, Inc." <no-reply@notes.example>')).toMatchObject({ name: 'Notes, Inc.' })
  expect(parseSender('no-reply@notes.example')).toEqual({ name: '', address: 'no-reply@notes.example' })
  for (const wrong of [
    'Notes',
    'Notes <>',
    'a@b.example, c@d.example',
    'N\r\nBcc: x <a@b.example>',
    '<a@b.example> x',
    'A <a@b.example> <c@d.example>',
  ])
    expect(parseSender(wrong)).toBeUndefined()
})
