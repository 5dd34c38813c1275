// The worker that empties the outbox: a lane for each channel that has a way, so that a mail server that hangs holds no
// SMS back. A lane has as many messages in memory as its way takes at once and fetches the next when one is done; what
// waits, waits in the store. It is woken by `hurry`, once a second by the upkeep, and by itself.
import { setTimeout as rest } from 'node:timers/promises'
import type { Channel, Outcome, Way } from '../delivery/delivery.js'
import { attempt, giveUp, type Parts, take } from './outbox-attempt.js'
import { type OutboxRow, outbox } from './tables.js'

export interface OutboxWorker {
  /** Looks for what is due and what is over, without waiting for what is then under way. */
  round(): Promise<void>
  /** Begins a round; nobody waits for it. */
  wake(): void
  /** Resolves when nothing is under way. */
  settled(): Promise<void>
  /** Takes nothing any more, and lets go of what is under way after a moment. */
  stop(): Promise<void>
}

/** How long what is under way may go on when the server stops. Milliseconds. */
const GRACE = 1_500
const BATCH = 100

export function createOutboxWorker(parts: Parts): OutboxWorker {
  const stopping = new AbortController()
  const lanes = Object.entries(parts.delivery.ways).map(([channel, way]) =>
    createLane(parts, channel as Channel, way, stopping.signal),
  )
  const settled = async () => {
    await Promise.all(lanes.map((lane) => lane.settled()))
  }
  const failed = (error: unknown) => parts.log.warn({ err: error }, 'the outbox could not be looked through')
  return {
    round: async () => {
      await expire(parts)
      await Promise.all(lanes.map((lane) => lane.fill()))
    },
    wake: () => {
      for (const lane of lanes) lane.fill().catch(failed)
    },
    settled,
    stop: async () => {
      for (const lane of lanes) lane.close()
      const over = new AbortController()
      await Promise.race([settled(), rest(GRACE, undefined, { signal: over.signal }).catch(() => {})])
      over.abort()
      stopping.abort()
      await settled()
    },
  }
}

interface Lane {
  /** Takes what is due while there is room. */
  fill(): Promise<void>
  settled(): Promise<void>
  close(): void
}

function createLane(parts: Parts, channel: Channel, way: Way, signal: AbortSignal): Lane {
  const underWay = new Set<Promise<void>>()
  const state: LaneState = { filling: undefined, wanted: false, closed: false }
  const hears = complain(parts, channel, way)
  const unwritten = (error: unknown) =>
    parts.log.warn({ err: error }, 'what became of a message could not be written down')
  const launch = (row: OutboxRow) => {
    const work: Promise<void> = attempt(parts, row, way, signal)
      .then(hears, unwritten)
      .finally(() => {
        underWay.delete(work)
        fill().catch(() => {})
      })
    underWay.add(work)
  }
  const room = () => way.parallel - underWay.size
  const fill = (): Promise<void> => {
    state.wanted = true
    state.filling ??= takeDue(parts, channel, way, state, room, launch).finally(() => {
      state.filling = undefined
      // Somebody asked just as the last look was over.
      if (state.wanted && !state.closed) fill().catch(() => {})
    })
    return state.filling
  }
  return {
    fill,
    settled: async () => {
      while (state.filling || underWay.size > 0)
        await Promise.allSettled([state.filling ?? Promise.race(underWay)])
    },
    close: () => {
      state.closed = true
    },
  }
}

interface LaneState {
  filling: Promise<void> | undefined
  /** Whether to look once more. */
  wanted: boolean
  closed: boolean
}

/** Takes what is due while there is room, and looks again while somebody wants it or there may be more. */
async function takeDue(
  parts: Parts,
  channel: Channel,
  way: Way,
  state: LaneState,
  room: () => number,
  launch: (row: OutboxRow) => void,
): Promise<void> {
  while (state.wanted && !state.closed) {
    state.wanted = false
    const free = room()
    if (free <= 0) return
    const rows = await due(parts, channel, free)
    for (const row of rows) {
      const taken = await take(parts, row, way)
      if (taken) launch(taken)
      else await giveUp(parts, row)
    }
    if (rows.length === free) state.wanted = true
  }
}

/** What waits for this channel and may be tried now, the longest due first. */
function due({ store, clock }: Parts, channel: Channel, limit: number): Promise<OutboxRow[]> {
  const now = clock.now()
  const where = { channel, state: 'waiting', due_at: { lte: now }, good_until: { gt: now } }
  const order = { by: ['channel', 'state', 'due_at'], direction: 'ascending' } as const
  return store.list(outbox, { where, order, limit })
}

/** Says when a way stops working and when it works again, not each time. */
function complain({ log }: Parts, channel: Channel, { name }: Way): (outcome: Outcome) => void {
  let isDown = false
  return (outcome) => {
    const fails = outcome.result === 'again' || outcome.result === 'unclear'
    if (fails && !isDown) log.warn({ channel, way: name, why: outcome.why }, 'messages cannot be sent')
    if (isDown && outcome.result === 'sent') log.info({ channel, way: name }, 'messages are sent again')
    isDown = fails || (isDown && outcome.result !== 'sent')
  }
}

/** What is past its time is not sent any more, and in production not kept either. */
async function expire(parts: Parts): Promise<void> {
  for (const state of ['waiting', 'failed'])
    for (let found = BATCH; found === BATCH; ) {
      const now = parts.clock.now()
      // What is leased is in somebody's hands: it is looked at when that is over.
      const where = { state, good_until: { lte: now }, due_at: { lte: now } }
      const order = { by: ['state', 'good_until'], direction: 'ascending' } as const
      const rows = await parts.store.list(outbox, { where, order, limit: BATCH })
      for (const row of rows) await expireOne(parts, row)
      found = rows.length
    }
}

async function expireOne({ store, events, outbox: box }: Parts, row: OutboxRow): Promise<void> {
  const { id, state, due_at, topic, channel, user_id } = row
  const message = box.keeps ? undefined : box.read(row)
  const set = { state: 'expired', ...(message && { sealed: box.remainder(id, message) }) }
  const mine = (await store.update(outbox, { id, state, due_at }, set)) > 0
  if (!mine || state !== 'waiting') return
  const owner = user_id !== null && { userId: user_id }
  events.emit('message.failed', { messageId: id, topic, channel, reason: 'expired', ...owner })
}
