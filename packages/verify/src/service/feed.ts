// The feed of revocations: one connection that is kept open, comes back when it ends, and knows how long ago the issuer
// last said that this was all. What cannot be understood ends the connection: a feed that is half read is not current.
import { createEnded, type Ended } from './ended.js'
import { type Event, readEvents } from './events.js'
import { wordsOf } from './failures.js'
import type { Known } from './settings.js'

export interface Feed {
  readonly ended: Ended
  /** Whether what is known is recent enough. The first time, waits a moment for the feed to say so. */
  current(): boolean | Promise<boolean>
  /** Milliseconds since the issuer last said that this was all; Infinity where it never did. */
  staleness(): number
  close(): void
}

/** Milliseconds: for the answer to begin, without a byte, between two attempts at least and at most, for the first word. */
const PATIENCE = { answer: 5000, silence: 15_000, least: 1000, most: 60_000, first: 3000 }

/**
 * How far ids may go back, and how long they may stand still, milliseconds: what clocks of servers differ by. Beyond that an
 * answer is an old one that somebody plays again.
 */
const REPEATED = 60_000

/** How long a token may live after its session has ended, beyond its own lifetime: leeways and clocks that differ. */
const MARGIN = 180_000

/** What tests make quicker. */
export interface Pace {
  /** Rests between two connections. */
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>
  /** Milliseconds without a byte until a connection counts as lost. */
  readonly silence?: number
}

interface State {
  readonly known: Known
  readonly ended: Ended
  readonly dropKey: (kid: string) => void
  readonly stop: AbortController
  readonly silence: number
  /** The newest id that was seen, a time of the issuer's clock, and when. */
  newest: number
  newestAt: number
  currentAt: number
  failures: number
  told: (() => void) | undefined
}

/** Begins at once, and never throws: what goes wrong is logged, and makes what is known older. */
export function followFeed(known: Known, dropKey: (kid: string) => void, pace: Pace = {}): Feed {
  const { maxLifetime = 900_000, now } = known
  const state: State = {
    known,
    ended: createEnded(maxLifetime + MARGIN, now),
    dropKey,
    stop: new AbortController(),
    silence: pace.silence ?? PATIENCE.silence,
    newest: Number.NEGATIVE_INFINITY,
    newestAt: Number.NEGATIVE_INFINITY,
    currentAt: Number.NEGATIVE_INFINITY,
    failures: 0,
    told: undefined,
  }
  let first: Promise<void> | undefined = new Promise((told) => {
    state.told = told
  })
  first = Promise.race([first, rest(PATIENCE.first, state.stop.signal)]).finally(() => {
    first = undefined
  })
  void follow(state, pace.wait ?? rest)
  // By how much the clock was put back cannot be known, so that counts as time which has passed.
  const staleness = () => Math.abs(now() - state.currentAt)
  const isCurrent = () => staleness() <= known.staleAfter
  return {
    ended: state.ended,
    current: () => {
      if (isCurrent()) return true
      return first ? first.then(isCurrent) : false
    },
    staleness,
    close: () => state.stop.abort(),
  }
}

async function follow(state: State, wait: NonNullable<Pace['wait']>): Promise<void> {
  const { stop, known } = state
  while (!stop.signal.aborted) {
    try {
      await readOnce(state)
    } catch (error) {
      if (stop.signal.aborted) return
      if (state.failures === 0) known.log(`the feed of revocations was cut: ${wordsOf(error)}`)
    }
    // Where it never began there is nothing to wait for: whoever asks is told at once.
    state.told?.()
    const longest = Math.min(PATIENCE.most, PATIENCE.least * 2 ** Math.min(state.failures, 10))
    state.failures++
    await wait(longest / 2 + (Math.random() * longest) / 2, stop.signal)
  }
}

/** One connection, until it ends. Throws Error where it cannot be had, falls silent, or says what is no event of ours. */
async function readOnce(state: State): Promise<void> {
  const { known, stop, newest } = state
  const cut = new AbortController()
  const end = () => cut.abort()
  stop.signal.addEventListener('abort', end)
  const watch = createWatch(end, PATIENCE.answer)
  try {
    const answer = await known.fetch(`${known.server}/v1/revocations`, {
      headers: {
        accept: 'text/event-stream',
        authorization: `Bearer ${known.verifierKey}`,
        ...(newest >= 0 && { 'last-event-id': String(newest) }),
      },
      redirect: 'manual',
      signal: cut.signal,
    })
    if (answer.status !== 200) throw new Error(`it answered ${answer.status}`)
    if (!/^text\/event-stream *(;|$)/i.test(answer.headers.get('content-type') ?? ''))
      throw new Error('it answered no text/event-stream')
    for await (const event of readEvents(bytesOf(answer, watch, state.silence))) take(state, event)
    throw new Error('it ended')
  } finally {
    watch.end()
    stop.signal.removeEventListener('abort', end)
    end()
  }
}

async function* bytesOf(answer: Response, watch: Watch, silence: number): AsyncGenerator<Uint8Array> {
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader()
  for (;;) {
    watch.renew(silence)
    const next = await reader.read()
    if (next.done) return
    yield next.value
  }
}

function take(state: State, { name, id, data }: Event): void {
  const { ended } = state
  const said = JSON.parse(data) as Record<string, unknown>
  if (name === 'session_revoked') ended.session(text(said.sid))
  else if (name === 'key_removed') state.dropKey(text(said.kid))
  else if (name === 'user_changed')
    ended.user(text(said.sub), number(said.before), said.except === undefined ? undefined : text(said.except))
  const isNews = learn(state, id)
  if (name !== 'current') return
  if (!isNews) throw new Error('it says again what it said long ago, or its clock was put back')
  becomeCurrent(state)
}

/** Takes an id in; answers whether what came with it can be of now. Ids that are none are not. */
function learn(state: State, id: string | undefined): boolean {
  const at = /^\d{1,15}$/.test(id ?? '') ? Number(id) : Number.NaN
  const now = state.known.now()
  // An id never leads back, but from a time that is still to come: the issuer's clock was wrong, and has been set.
  const wasWrong = state.newest > now + REPEATED && Math.abs(at - now) <= REPEATED
  if (at > state.newest || wasWrong) {
    state.newest = at
    state.newestAt = now
    return true
  }
  return state.newest - at <= REPEATED && Math.abs(now - state.newestAt) <= REPEATED
}

function becomeCurrent(state: State): void {
  const { known, ended } = state
  ended.forget()
  if (state.failures > 0) known.log('the feed of revocations is back')
  state.failures = 0
  state.currentAt = known.now()
  state.told?.()
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error('it says what is no event of ours')
  return value
}

function number(value: unknown): number {
  if (!Number.isFinite(value)) throw new Error('it says what is no event of ours')
  return value as number
}

interface Watch {
  renew(milliseconds: number): void
  end(): void
}

/** Calls `late` when it was not renewed for so long. */
function createWatch(late: () => void, milliseconds: number): Watch {
  let timer = setTimeout(late, milliseconds)
  return {
    renew: (next) => {
      clearTimeout(timer)
      timer = setTimeout(late, next)
    },
    end: () => clearTimeout(timer),
  }
}

/** Resolves after a while, or at once when it is called off. */
function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const over = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', over)
      done()
    }
    const timer = setTimeout(over, milliseconds)
    signal.addEventListener('abort', over)
    if (signal.aborted) over()
  })
}
