// The connection to Redis, which is also the circuit breaker: a call that has no answer in time, or a connection that
// breaks, opens it, and from then on every call fails at once. A new connection that answers PING closes it again; one is
// tried in the background, so no request ever waits for a Redis that is away.
import type { RedisClientType } from '@redis/client'
import { StoreUnavailable } from '../../store.js'
import { BEAT, createListening, type Listening } from './listening.js'
import type { Script } from './scripts.js'
import { readUrl, type Target } from './url.js'

/** How long Redis has for an answer, and for a connection. Milliseconds. */
export interface Patience {
  readonly answer: number
  readonly connection: number
}
const patience: Patience = { answer: 250, connection: 1000 }

/** How long after a connection was lost the next is tried: longer each time, until one has held. Milliseconds. */
const FIRST_PAUSE = 100
const LONGEST_PAUSE = 2000
const HELD = 5000

export interface Link {
  /** Runs one command. Throws StoreUnavailable; whether a lost command was done is not known, and it is not repeated. */
  send<T>(...command: readonly string[]): Promise<T>
  /** Runs a script on one key. */
  run<T>(script: Script, key: string, ...values: readonly string[]): Promise<T>
  close(): void
}

type Client = RedisClientType<Record<string, never>, Record<string, never>, Record<string, never>, 2>

interface State {
  readonly target: Target
  readonly patience: Patience
  /** The driver, once it is loaded. */
  driver: typeof import('@redis/client') | undefined
  client: Client | undefined
  /** Why there is no connection. */
  reason: string
  pause: number
  /** When this connection was made. */
  since: number
  readonly listening: Listening
  /** The calls without an answer, the oldest first, each with what was listened to at its beginning. */
  readonly waiting: Set<{ since: number }>
  beating: NodeJS.Timeout | undefined
  connecting: Promise<void> | undefined
  timer: NodeJS.Timeout | undefined
  closed: boolean
}

/** Opens the connection where Redis is there; where it is not, the first calls fail and it is looked for. */
export async function openLink(url: string, given: Partial<Patience> = {}): Promise<Link> {
  const granted = { ...patience, ...given }
  const state: State = {
    target: readUrl(url),
    patience: granted,
    driver: undefined,
    client: undefined,
    reason: 'it was not reached yet',
    pause: FIRST_PAUSE,
    since: 0,
    listening: createListening(granted.answer, () => performance.now()),
    waiting: new Set(),
    beating: undefined,
    connecting: undefined,
    timer: undefined,
    closed: false,
  }
  await connect(state)
  const send = <T>(...command: readonly string[]) => ask<T>(state, command)
  return {
    send,
    run: (script, key, ...values) =>
      send<never>('EVALSHA', script.sha, '1', key, ...values).catch((error) => {
        // Redis was started anew or told to forget its scripts.
        if (!(error instanceof StoreUnavailable) || !error.reason.includes('NOSCRIPT')) throw error
        return send<never>('EVAL', script.text, '1', key, ...values)
      }),
    close: () => {
      state.closed = true
      drop(state, 'it is closed')
    },
  }
}

const unavailable = ({ target }: State, why: string, cause?: unknown) =>
  new StoreUnavailable(`Redis at ${target.shown}: ${why}`, { cause })

async function ask<T>(state: State, command: readonly string[]): Promise<T> {
  const { client, waiting } = state
  if (client === undefined) throw unavailable(state, state.reason)
  const call = { since: begin(state) }
  waiting.add(call)
  try {
    return await client.sendCommand<T>(command)
  } catch (error) {
    throw failed(state, client, error as Error)
  } finally {
    waiting.delete(call)
  }
}

function begin(state: State): number {
  if (state.beating === undefined) {
    state.listening.start()
    state.beating = setInterval(() => beat(state), BEAT).unref()
  }
  return state.listening.listened()
}

/** Redis answers in the order in which it was asked, so the oldest call speaks for all. */
function beat(state: State): void {
  state.listening.beat()
  const [oldest] = state.waiting
  if (oldest === undefined) {
    clearInterval(state.beating)
    state.beating = undefined
  } else if (state.listening.isOver(oldest.since)) drop(state, `no answer within ${state.patience.answer} ms`)
}

/** What a server says that will not do its work on this connection any more: another one may be let in elsewhere. */
const goes = /^(READONLY|LOADING|MASTERDOWN|NOAUTH|CLUSTERDOWN)\b/

function failed(state: State, client: Client, error: Error): Error {
  // Of a command that it does not know Redis repeats what it was given.
  const [told = ''] = error.message.split(', with args beginning with')
  const message = state.client === client ? told : state.reason
  const isAnswer = error instanceof state.driver!.ErrorReply
  if ((!isAnswer || goes.test(message)) && state.client === client) drop(state, message)
  return unavailable(state, message, told === error.message ? error : undefined)
}

/** The outcome of `work`, or an Error after so many milliseconds. */
function within<T>(limit: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${limit} ms`)), limit)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** Gives up the connection, with everything that waits on it, and has a new one looked for. */
function drop(state: State, reason: string): void {
  const { client } = state
  state.client = undefined
  state.reason = reason
  clearTimeout(state.timer)
  if (client) {
    destroy(client)
    if (performance.now() - state.since > HELD) state.pause = FIRST_PAUSE
  }
  if (state.closed) return
  state.timer = setTimeout(() => void connect(state), state.pause).unref()
  state.pause = Math.min(state.pause * 2, LONGEST_PAUSE)
}

function destroy(client: Client): void {
  // Throws where it is closed already.
  try {
    client.destroy()
  } catch {}
}

function connect(state: State): Promise<void> {
  if (state.client !== undefined || state.closed) return Promise.resolve()
  state.connecting ??= establish(state).finally(() => {
    state.connecting = undefined
  })
  return state.connecting
}

async function establish(state: State): Promise<void> {
  const client = await makeClient(state)
  try {
    await within(state.patience.connection, client.connect())
    await within(state.patience.connection, client.sendCommand(['PING']))
  } catch (error) {
    destroy(client)
    drop(state, (error as Error).message || 'it cannot be reached')
    return
  }
  if (state.closed) return destroy(client)
  state.since = performance.now()
  state.client = client
  const lost = (why: string) => state.client === client && drop(state, why)
  client.once('end', () => lost('the connection broke'))
  client.on('error', (error: Error) => lost(error.message))
}

async function makeClient(state: State): Promise<Client> {
  const { target, patience } = state
  state.driver ??= await import('@redis/client')
  const { username, password, database } = target
  const client = state.driver.createClient({
    socket: {
      ...target.socket,
      connectTimeout: patience.connection,
      reconnectStrategy: false,
      keepAlive: true,
    } as never,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    database,
    RESP: 2,
    // The driver's own makes an AbortSignal a call; the beat above does the same for all of them.
    commandOptions: { timeout: 0 },
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
  })
  // Without a listener an error would end the process; what it means is told by the call that fails.
  client.on('error', () => {})
  return client as unknown as Client
}
