// What is configured of delivery, and whether it fits together. Each channel has one way at most: the webhook where it
// takes the channel, else SMTP for mail and one gateway for SMS.
import { boolean, choice, custom, duration, integer, list, type Setting, text } from '../util/setting.js'
import type { Channel } from './delivery.js'
import { isMailbox, parseSender } from './mailbox.js'
import { isOutgoingUrl } from './outgoing.js'

const url = {
  expected: 'an https URL without user and password (http only on this machine, in development)',
  test: isOutgoingUrl,
}
const host = /^[A-Za-z0-9._-]+$|^\[?[0-9a-fA-F:.]+\]?$/

export const smtp = {
  host: text('smtp.host', undefined, {
    doc: 'The mail server that sends for us. Without it, and without a webhook, production sends no mail.',
    expected: 'a host name or an IP address',
    test: (value) => host.test(value),
  }),
  port: integer('smtp.port', 587, {
    doc: 'Its port: 587 begins in the clear and changes to TLS, 465 is TLS from the first byte.',
    min: 1,
    max: 65535,
  }),
  secure: boolean('smtp.secure', false, {
    doc: 'TLS from the first byte; port 465 means it anyway.',
  }),
  requireTls: boolean('smtp.require_tls', true, {
    doc: 'Whether nothing is sent to a mail server that does not change to TLS; false for one on this machine only.',
  }),
  caFile: text('smtp.ca_file', undefined, {
    doc: 'A file of PEM certificates that the mail server’s is checked against, instead of those that Node knows.',
    expected: 'the path of a PEM file',
  }),
  user: text('smtp.user', undefined, { doc: 'The user that we log in to the mail server as.' }),
  password: text('smtp.password', undefined, { doc: 'The password of `smtp.user`.', secret: true }),
  pool: integer('smtp.pool', 5, {
    doc: 'How many connections to the mail server are used at once, and so how many mails.',
    min: 1,
    max: 50,
  }),
  timeout: duration('smtp.timeout', '60s', {
    doc: 'How long one attempt to send a mail may take in all before it is tried again.',
    min: '1s',
    max: '5m',
  }),
  from: text('smtp.from', undefined, {
    doc: 'The sender of every mail: a mailbox, or a name and a mailbox.',
    expected: 'a mailbox such as no-reply@example.com, or Notes <no-reply@example.com>',
    test: (value) => parseSender(value) !== undefined,
  }),
  replyTo: text('smtp.reply_to', undefined, {
    doc: 'Where answers to our mails go, when not to the sender.',
    expected: 'a mailbox such as help@example.com',
    test: isMailbox,
  }),
  dkimDomain: text('smtp.dkim.domain', undefined, {
    doc: 'The domain that mails are signed for (DKIM), where the mail server does not sign them itself.',
    expected: 'a domain such as example.com',
    test: (value) => /^([a-z0-9-]+\.)+[a-z0-9-]+$/i.test(value),
  }),
  dkimSelector: text('smtp.dkim.selector', undefined, {
    doc: 'The selector: the public key stands in DNS at `<selector>._domainkey.<domain>`.',
    expected: 'letters, digits and hyphens',
    test: (value) => /^[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(value),
  }),
  dkimKey: text('smtp.dkim.private_key', undefined, {
    doc: 'The private key of the signature as PEM; best by SALLYPORT_SMTP__DKIM__PRIVATE_KEY_FILE.',
    expected: 'a private key as PEM',
    secret: true,
  }),
} as const

export const sms = {
  url: text('sms.url', undefined, {
    doc: 'The address of an SMS gateway that is asked over HTTP; a Liquid template behind its host. Hidden, since some carry a key.',
    ...url,
    secret: true,
    test: (value) => isOutgoingUrl(value.replace(/\{[{%].*/s, '')),
  }),
  method: choice('sms.method', 'POST', ['POST', 'PUT', 'GET'], { doc: 'How the gateway is asked.' }),
  headers: custom<Readonly<Record<string, string>>>(
    'sms.headers',
    {},
    '',
    'an object of header names and texts, such as {"authorization": "Bearer …"}',
    {
      doc: 'Headers for the gateway; its key belongs here. The content type tells how the body is checked.',
      secret: true,
    },
    parseHeaders,
  ),
  body: text('sms.body', '{"to": {{ to | json }}, "text": {{ text | json }}}', {
    doc: 'The body for the gateway: a Liquid template that knows `to`, `text`, `from` and `id`.',
  }),
  from: text('sms.from', undefined, {
    doc: 'Whom SMS are from: a number in E.164 or a name that the gateway allows.',
    expected: 'a number such as +15550100, or up to 11 letters and digits',
    test: (value) => /^\+[1-9]\d{6,14}$|^[A-Za-z0-9 ]{1,11}$/.test(value),
  }),
  twilioAccount: text('sms.twilio.account_sid', undefined, {
    doc: 'The account at Twilio that sends SMS.',
    expected: 'AC and 32 hexadecimal digits',
    test: (value) => /^AC[0-9a-f]{32}$/i.test(value),
  }),
  twilioToken: text('sms.twilio.auth_token', undefined, {
    doc: 'The token of the account at Twilio.',
    secret: true,
  }),
  twilioService: text('sms.twilio.service_sid', undefined, {
    doc: 'The messaging service at Twilio that chooses the sender; else `sms.from` is it.',
    expected: 'MG and 32 hexadecimal digits',
    test: (value) => /^MG[0-9a-f]{32}$/i.test(value),
  }),
  twilioUrl: text('sms.twilio.url', 'https://api.twilio.com', {
    doc: 'Where Twilio is asked; regions have addresses of their own.',
    ...url,
  }),
} as const

export const webhook = {
  url: text('delivery.webhook.url', undefined, {
    doc: 'An address that is given every message as signed JSON, instead of SMTP or an SMS gateway.',
    ...url,
  }),
  secret: text('delivery.webhook.secret', undefined, {
    doc: 'What the webhook’s signature is made with.',
    expected: 'at least 32 characters',
    secret: true,
    test: (value) => value.length >= 32,
  }),
  channels: list('delivery.webhook.channels', ['email', 'sms'], {
    doc: 'What goes to the webhook.',
    expected: 'a list of email and sms',
    test: (item) => item === 'email' || item === 'sms',
  }),
} as const

export const mail = {
  templates: text('mail.templates', undefined, {
    doc: 'A directory of templates: other languages, or other words than those that are built in.',
    expected: 'the path of a directory',
  }),
  locale: text('mail.locale', 'en', {
    doc: 'The language of messages to people of whom no other is known.',
    expected: 'a BCP 47 tag such as en or ko',
    test: (value) => /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/.test(value),
  }),
} as const

export const deliverySettings: readonly Setting<unknown>[] = [
  ...Object.values(smtp),
  ...Object.values(sms),
  ...Object.values(webhook),
  ...Object.values(mail),
] as never

/** What a way is made of, by channel; each is opened in engines/. */
export type WayKind = 'smtp' | 'http-sms' | 'twilio' | 'webhook'
export type Chosen = Readonly<Partial<Record<Channel, WayKind>>>

function parseHeaders(raw: unknown): Readonly<Record<string, string>> | undefined {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return undefined
  const good = Object.entries(raw).every(
    ([name, value]) =>
      /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) &&
      typeof value === 'string' &&
      /^[\t\x20-\x7e]*$/.test(value),
  )
  if (!good) return undefined
  return Object.fromEntries(Object.entries(raw).map(([name, value]) => [name.toLowerCase(), value]))
}
