// The connection to Redis, which is also the circuit breaker: a call that has no answer in time, or a connection that
// breaks, opens it, and from then on every call fails at once. A new connection that answers PING closes it again; one is
// tried in the background, so no request ever waits for a Redis that is away.
import type { RedisClientType } from '@redis/client'
import { StoreUnavailable } from '../../store.js'
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
  /** Calls for a connection where there is none, and waits until it is there or was tried in vain. */
  settled(): Promise<void>
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
  connecting: Promise<void> | undefined
  timer: NodeJS.Timeout | undefined
  closed: boolean
}

/** Opens the connection where Redis is there; where it is not, the first calls fail and it is looked for. */
export async function openLink(url: string, given: Partial<Patience> = {}): Promise<Link> {
  const state: State = {
    target: readUrl(url),
    patience: { ...patience, ...given },
    driver: undefined,
    client: undefined,
    reason: 'it was not reached yet',
    pause: FIRST_PAUSE,
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
    settled: () => connect(state),
    close: () => {
      state.closed = true
      drop(state, 'it is closed')
    },
  }
}

const unavailable = ({ target }: State, why: string, cause?: unknown) =>
  new StoreUnavailable(`Redis at ${target.shown}: ${why}`, { cause })

async function ask<T>(state: State, command: readonly string[]): Promise<T> {
  const { client } = state
  if (client === undefined) throw unavailable(state, state.reason)
  try {
    return await inTime(state, client.sendCommand<T>(command), state.patience.answer)
  } catch (error) {
    throw failed(state, client, error as Error)
  }
}

/** What a server says that will not do its work on this connection any more: another one may be let in elsewhere. */
const goes = /^(READONLY|LOADING|MASTERDOWN|NOAUTH|CLUSTERDOWN)\b/

function failed(state: State, client: Client, error: Error): Error {
  const { message } = error
  const isAnswer = error instanceof state.driver!.ErrorReply
  if ((!isAnswer || goes.test(message)) && state.client === client) drop(state, message)
  return unavailable(state, message, error)
}

class Late extends Error {}

/**
 * The answer, or Late. A process that was busy itself has not read what came meanwhile: it looks once more before it
 * gives up.
 */
function inTime<T>({ patience }: State, answer: Promise<T>, limit: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Late(`no answer within ${patience.answer} ms`))
    const timer = setTimeout(() => setImmediate(() => setImmediate(late)), limit)
    answer.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** Gives up the connection, with everything that waits on it, and has a new one looked for. */
function drop(state: State, reason: string): void {
  const { client } = state
  state.client = undefined
  state.reason = reason
  clearTimeout(state.timer)
  if (client) destroy(client)
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
    await inTime(state, client.connect(), state.patience.connection)
    await inTime(state, client.sendCommand(['PING']), state.patience.answer)
  } catch (error) {
    destroy(client)
    drop(state, (error as Error).message || 'it cannot be reached')
    return
  }
  if (state.closed) return destroy(client)
  const since = performance.now()
  state.client = client
  client.once('end', () => lost(state, client, since, 'the connection broke'))
  client.on('error', (error: Error) => lost(state, client, since, error.message))
}

function lost(state: State, client: Client, since: number, why: string): void {
  if (state.client !== client) return
  if (performance.now() - since > HELD) state.pause = FIRST_PAUSE
  drop(state, why)
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
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
  })
  // Without a listener an error would end the process; what it means is told by the call that fails.
  client.on('error', () => {})
  return client as unknown as Client
}
