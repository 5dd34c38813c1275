// A mail server that keeps what it was given: the commands as they came, the envelope, and the message as a mail program
// reads it. It can be told to hang, to refuse and to break off where a test wants it to.
import type { AddressInfo } from 'node:net'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server'
import { certificate, certificateKey } from './certificate.js'

export interface Delivered {
  readonly from: string
  readonly to: readonly string[]
  readonly raw: string
  readonly mail: Email
  readonly encrypted: boolean
  readonly user: unknown
}

/** What it does at a stage: answers as servers do, an error code, silence for good, or the end of the connection. */
type Behaviour = 'takes' | 'hangs' | 'breaks' | number

export interface MailServer {
  readonly port: number
  /** `RCPT TO:<…>` and the like, as they came. */
  readonly commands: string[]
  readonly mails: Delivered[]
  /** How many connections were opened. */
  connections(): number
  /** From now on; `words` replace those of a refusal. */
  behave(stage: 'connect' | 'mail' | 'rcpt' | 'data' | 'taken', how: Behaviour, words?: string): void
  /** Resolves once so many mails have come, at once where they have. */
  received(count: number): Promise<readonly Delivered[]>
  close(): Promise<void>
}

interface State {
  readonly commands: string[]
  readonly mails: Delivered[]
  readonly behaviours: Map<string, { how: Behaviour; words: string }>
  connections: number
  look(): void
  /** Ends a connection without a word. */
  cut(id: string): void
}

export async function openMailServer(options: SMTPServerOptions = {}, port = 0): Promise<MailServer> {
  const state: State = {
    commands: [],
    mails: [],
    behaviours: new Map(),
    connections: 0,
    look: () => {},
    cut: (id) => {
      for (const one of server.connections) if (one.id === id) one._socket?.destroy()
    },
  }
  const server = new SMTPServer({ ...handlersOf(state), ...options })
  server.on('error', () => {})
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
  return {
    port: (server.server.address() as AddressInfo).port,
    commands: state.commands,
    mails: state.mails,
    connections: () => state.connections,
    behave: (stage, how, words = 'no') => void state.behaviours.set(stage, { how, words }),
    received: (count) =>
      new Promise((done) => {
        state.look = () => state.mails.length >= count && done(state.mails)
        state.look()
      }),
    close: () =>
      new Promise((done) => {
        for (const one of server.connections) one._socket?.destroy()
        server.close(() => done())
      }),
  }
}

function handlersOf(state: State): SMTPServerOptions {
  const log = (entry: { tnx?: string }, _format: string, line: unknown) => {
    if (entry.tnx === 'command') state.commands.push(String(line))
  }
  return {
    key: certificateKey,
    cert: certificate,
    authOptional: true,
    disableReverseLookup: true,
    hideSize: true,
    logger: { trace() {}, debug: log, info() {}, warn() {}, error() {}, fatal() {} } as never,
    onConnect: (session, done) => {
      state.connections += 1
      react(state, 'connect', session, done)
    },
    onMailFrom: (_address, session, done) => react(state, 'mail', session, done),
    onRcptTo: (_address, session, done) => react(state, 'rcpt', session, done),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () =>
        react(state, 'data', session, async (error) => {
          if (error) return done(error)
          await keep(state, session, Buffer.concat(chunks))
          react(state, 'taken', session, done)
        }),
      )
    },
    onAuth: ({ username, password }, _session, done) =>
      password === 'right' ? done(null, { user: username }) : done(new Error('Invalid login')),
  }
}

function react(state: State, stage: string, { id }: SMTPServerSession, done: (error?: Error) => void): void {
  const { how, words } = state.behaviours.get(stage) ?? { how: 'takes', words: '' }
  if (how === 'takes') done()
  if (typeof how === 'number') done(Object.assign(new Error(words), { responseCode: how }))
  if (how === 'breaks') state.cut(id)
}

async function keep(state: State, session: SMTPServerSession, raw: Buffer): Promise<void> {
  const { mailFrom, rcptTo } = session.envelope
  state.mails.push({
    from: mailFrom ? mailFrom.address : '',
    to: rcptTo.map(({ address }) => address),
    raw: raw.toString('latin1'),
    mail: await PostalMime.parse(raw),
    encrypted: session.secure,
    user: session.user,
  })
  state.look()
}
