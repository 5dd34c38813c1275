// Mail by SMTP. Addresses go into envelope and header as they were stored, one each (SG8); what a server answers, or does
// not, is told apart exactly, because a mail that may have been taken must not be sent as if it had not.
import { readFileSync } from 'node:fs'
import { setTimeout as rest } from 'node:timers/promises'
import { domainToASCII } from 'node:url'
import type { Settings } from '../../util/setting.js'
import { DeliveryMisconfigured, type Outcome, type Parcel, type Way } from '../delivery.js'
import { isMailbox, parseSender, type Sender } from '../mailbox.js'
import { smtp } from '../settings.js'

type Nodemailer = typeof import('nodemailer')
type Transporter = ReturnType<Nodemailer['createTransport']>

/** A way out by the mail server of the settings. Throws DeliveryMisconfigured where a file of theirs cannot be read. */
export function createSmtp(settings: Settings): Way {
  const host = settings.get(smtp.host)!.replace(/^\[|\]$/g, '')
  const port = settings.get(smtp.port)
  const from = parseSender(settings.get(smtp.from)!)!
  const patience = settings.get(smtp.timeout)
  const options = optionsOf(settings, host, port, patience)
  let opened: Promise<Transporter> | undefined
  const transporter = () => {
    opened ??= import('nodemailer').then(({ createTransport }) => watchReading(createTransport(options)))
    return opened
  }
  return {
    name: `${host}:${port}`,
    patience,
    parallel: settings.get(smtp.pool),
    hand: async (parcel, signal) => {
      const mail = mailOf(parcel, from, settings.get(smtp.replyTo))
      if (mail === undefined) return { result: 'never', why: 'the address is not one mailbox' }
      return deliver(transporter(), mail, AbortSignal.any([signal, AbortSignal.timeout(patience)]))
    },
    probe: () => probe(transporter()),
    close: () => void opened?.then((one) => one.close({ force: true } as never)),
  }
}

function optionsOf(settings: Settings, host: string, port: number, patience: number) {
  const user = settings.get(smtp.user)
  const domain = settings.get(smtp.dkimDomain)
  const caFile = settings.get(smtp.caFile)
  return {
    host,
    port,
    secure: settings.get(smtp.secure) || port === 465,
    requireTLS: settings.get(smtp.requireTls),
    tls: { minVersion: 'TLSv1.2', ...(caFile !== undefined && { ca: readCertificates(caFile) }) },
    ...(user !== undefined && { auth: { user, pass: settings.get(smtp.password)! } }),
    ...(domain !== undefined && {
      dkim: {
        domainName: domain,
        keySelector: settings.get(smtp.dkimSelector)!,
        privateKey: settings.get(smtp.dkimKey)!,
      },
    }),
    pool: true,
    maxConnections: settings.get(smtp.pool),
    // Tried again by the outbox, which knows of it; nodemailer's own repetition could send twice unseen.
    maxRequeues: 0,
    // Below the patience of usual servers, so that a connection is seldom found closed.
    idleTimeout: 20_000,
    connectionTimeout: patience,
    greetingTimeout: patience,
    socketTimeout: patience,
    dnsTimeout: patience,
    disableFileAccess: true,
    disableUrlAccess: true,
  } as const
}

function readCertificates(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new DeliveryMisconfigured(
      `${smtp.caFile.name} ${path} cannot be read (${code})`,
      'Name a PEM file',
      {
        cause: error,
      },
    )
  }
}

/** What goes to nodemailer; undefined where the address is not exactly one mailbox. */
function mailOf(parcel: Parcel, from: Sender, replyTo: string | undefined) {
  const { id, to, subject, text, html, topic, createdAt, locale } = parcel
  if (!isMailbox(to)) return undefined
  return {
    from,
    to: { name: '', address: to },
    envelope: { from: from.address, to: [to] },
    subject: subject ?? '',
    text,
    html,
    date: new Date(createdAt),
    messageId: `<${id}@${from.address.slice(from.address.lastIndexOf('@') + 1)}>`,
    ...(replyTo !== undefined && { replyTo: { name: '', address: replyTo } }),
    headers: {
      'Auto-Submitted': 'auto-generated',
      'Content-Language': locale,
      'X-Sallyport-Topic': topic,
    },
  }
}
type Mail = NonNullable<ReturnType<typeof mailOf>>

/** Whether the message itself has begun to leave, asked while it is under way. */
const reading = new WeakMap<object, () => boolean>()

/** What nodemailer has made of a mail before it sends it. */
interface Composed {
  readonly data: { readonly headers: object; readonly envelope: Envelope }
  readonly message: {
    createReadStream(...given: unknown[]): { readonly readableDidRead: boolean }
    getEnvelope(): Envelope
  }
}
interface Envelope {
  readonly from: string
  readonly to: readonly string[]
}

/**
 * Has every mail go to the address as it is stored, which nodemailer may spell otherwise, and keeps whether any of it was
 * read: before that the server cannot have taken it.
 */
function watchReading(transporter: Transporter): Transporter {
  transporter.use('stream', (mail, done) => {
    const { message, data } = mail as unknown as Composed
    const { from, to } = data.envelope
    if (!isSame(message.getEnvelope(), data.envelope)) {
      done(Object.assign(new Error('the address is not one mailbox'), { code: 'ENOTONE' }))
      return
    }
    message.getEnvelope = () => ({ from, to: [...to] })
    const create = message.createReadStream.bind(message)
    message.createReadStream = (...given) => {
      const stream = create(...given)
      reading.set(data.headers, () => stream.readableDidRead)
      return stream
    }
    done()
  })
  return transporter
}

/** Whether two envelopes name the same mailboxes, domains in Unicode or in ASCII. */
function isSame(one: Envelope, other: Envelope): boolean {
  const ascii = (address: string) => {
    const at = address.lastIndexOf('@') + 1
    return address.slice(0, at) + domainToASCII(address.slice(at))
  }
  const spelled = ({ from, to }: Envelope) => JSON.stringify([from, ...to].map(ascii))
  return spelled(one) === spelled(other)
}

async function deliver(transporter: Promise<Transporter>, mail: Mail, signal: AbortSignal): Promise<Outcome> {
  try {
    await (await transporter).sendMail({ ...mail, signal } as never)
    return { result: 'sent' }
  } catch (error) {
    return outcomeOf(error as SmtpError, reading.get(mail.headers)?.() ?? false)
  }
}

interface SmtpError extends Error {
  code?: string
  originalCode?: string
  responseCode?: number
  response?: string
  command?: string
}

/** What a failure means: refusals speak for themselves, silence means nothing only until the message was begun. */
function outcomeOf(error: SmtpError, begun: boolean): Outcome {
  const { code, responseCode, response, command = '' } = error
  if (code === 'ENOTONE') return { result: 'never', why: error.message }
  // Where it refuses us, not the message, whoever runs it or us can mend that. Until RCPT TO it knows only us: at MAIL
  // FROM our sender and whether we have logged in (530).
  const ofMessage = /^(RCPT TO|DATA)$/.test(command) && code !== 'EAUTH'
  const told = `${error.originalCode ?? code ?? error.name}: ${error.message}`
  const why = response === undefined ? told : ofMessage ? response : `${command}: ${response}`
  if (responseCode !== undefined)
    return responseCode >= 500 && ofMessage ? { result: 'never', why } : { result: 'again', why }
  return { result: begun ? 'unclear' : 'again', why }
}

/** How long somebody waits to hear whether the server answers. Milliseconds. */
const PROBED = 10_000

/** Connects, changes to TLS and logs in. */
async function probe(transporter: Promise<Transporter>): Promise<Outcome> {
  const over = new AbortController()
  const late = rest(PROBED, undefined, { signal: over.signal }).then(() => {
    throw new Error(`no answer within ${PROBED / 1000} s`)
  })
  try {
    await Promise.race([(await transporter).verify(), late])
    return { result: 'sent' }
  } catch (error) {
    return outcomeOf(error as SmtpError, false)
  } finally {
    late.catch(() => {})
    over.abort()
  }
}
