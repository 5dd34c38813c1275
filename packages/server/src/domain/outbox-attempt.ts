// One attempt at one message: taking it, handing it over, and writing down what became of it. Taking is one guarded
// update that also leases the row, so of several processes one has it; whoever dies with it loses it when the lease is
// over. It counts as unclear from the moment it is taken until its outcome is known, and twice unclear is the end: so a
// person gets a message twice at most, however often servers die.
import type { Delivery, Outcome, Way } from '../delivery/delivery.js'
import { randomBytes } from '../util/ids.js'
import type { Context } from './context.js'
import type { EventFacts } from './events.js'
import type { Message } from './outbox.js'
import { type OutboxRow, outbox } from './tables.js'

export type Parts = Pick<Context, 'store' | 'clock' | 'log' | 'events' | 'stats' | 'outbox' | 'delivery'>

/** A lease outlasts the longest attempt by this. Milliseconds. */
const SLACK = 30_000
/** Once, and one duplicate. */
const MOST_UNCLEAR = 2
/** With the pauses between them about half a day. */
const MOST_ATTEMPTS = 24
/** The first pause, doubled each time, and the longest one. Milliseconds. */
const PAUSE = { first: 5_000, longest: 3_600_000 }

/** Takes a message that is due for one attempt; undefined where another process was faster, or it is over. */
export async function take(
  { store, clock }: Parts,
  row: OutboxRow,
  way: Way,
): Promise<OutboxRow | undefined> {
  const now = clock.now()
  const { id, due_at } = row
  const where = { id, state: 'waiting', due_at, good_until: { gt: now }, unclear: { lt: MOST_UNCLEAR } }
  const leased = now + way.patience + SLACK
  const set = { due_at: leased, attempts: { add: 1 }, unclear: { add: 1 } } as const
  if ((await store.update(outbox, where, set)) === 0) return undefined
  return { ...row, due_at: leased, attempts: row.attempts + 1, unclear: row.unclear + 1 }
}

/** Gives up what was taken so often, without its outcome ever being known, that once more could be a third time. */
export async function giveUp(parts: Parts, row: OutboxRow): Promise<void> {
  if (row.unclear >= MOST_UNCLEAR) await fail(parts, row, 'unclear', 'nobody knows whether it arrived')
}

/** Hands over what was taken and writes down what became of it. Answers the outcome. */
export async function attempt(parts: Parts, row: OutboxRow, way: Way, signal: AbortSignal): Promise<Outcome> {
  const { outbox: box, delivery } = parts
  const message = box.read(row)
  if (!message) {
    const outcome = { result: 'never', why: 'its seal cannot be opened' } as const
    await fail(parts, row, 'refused', outcome.why)
    return outcome
  }
  const outcome = scrubbed(await hand(delivery, way, row, message, signal), message)
  if (outcome.result === 'sent') await succeed(parts, row, message)
  else if (outcome.result === 'never') await fail(parts, row, 'refused', outcome.why)
  else if (signal.aborted) await postpone(parts, row, outcome, 0)
  else if (outcome.result === 'unclear' && row.unclear >= MOST_UNCLEAR)
    await fail(parts, row, 'unclear', outcome.why)
  else if (row.attempts >= MOST_ATTEMPTS) await fail(parts, row, 'gave_up', outcome.why)
  else await postpone(parts, row, outcome, pauseAfter(row.attempts, outcome))
  return outcome
}

async function hand(
  delivery: Delivery,
  way: Way,
  row: OutboxRow,
  message: Message,
  signal: AbortSignal,
): Promise<Outcome> {
  let words: Awaited<ReturnType<Delivery['render']>>
  try {
    words = await delivery.render(message)
  } catch (error) {
    return { result: 'never', why: `it cannot be put in words: ${(error as Error).message}` }
  }
  const { id, attempts, created_at: createdAt, good_until: goodUntil } = row
  const { topic, channel, to, facts } = message
  const parcel = { id, topic, channel, to, facts, ...words, attempt: attempts, createdAt, goodUntil }
  try {
    return await way.hand(parcel, signal)
  } catch (error) {
    return { result: 'unclear', why: `an error of ours: ${(error as Error).message}` }
  }
}

async function succeed({ store, clock, stats, outbox: box, log }: Parts, row: OutboxRow, message: Message) {
  const { id, topic, channel, attempts } = row
  const cut = box.keeps ? {} : { sealed: box.remainder(id, message) }
  const set = { state: 'sent', sent_at: clock.now(), last_error: null, ...cut }
  // Whoever holds the lease by now: it has arrived.
  if ((await store.update(outbox, { id, state: 'waiting' }, set)) === 0) return
  stats.count('message.sent')
  // Development has its own line for each, on the terminal.
  if (!box.keeps) log.info({ message: id, topic, channel, attempts }, 'message sent')
}

/** Back to those that wait; what is certain not to have arrived is no longer unclear. */
async function postpone(
  { store, clock }: Parts,
  { id, due_at, good_until }: OutboxRow,
  outcome: Exclude<Outcome, { result: 'sent' }>,
  pause: number,
): Promise<void> {
  const next = Math.min(clock.now() + pause, good_until)
  const unclear = { add: outcome.result === 'again' ? -1 : 0 }
  const set = { due_at: next, unclear, last_error: outcome.why }
  await store.update(outbox, { id, state: 'waiting', due_at }, set)
}

async function fail(
  { store, events }: Parts,
  { id, due_at, user_id, topic, channel }: OutboxRow,
  reason: EventFacts['message.failed']['reason'],
  why: string,
): Promise<void> {
  // What was refused has certainly not arrived.
  const set = { state: 'failed', last_error: why, unclear: { add: reason === 'refused' ? -1 : 0 } }
  if ((await store.update(outbox, { id, state: 'waiting', due_at }, set)) === 0) return
  events.emit('message.failed', {
    messageId: id,
    topic,
    channel,
    reason,
    ...(user_id !== null && { userId: user_id }),
  })
}

/** Between half and all of the pause, so that what failed together does not return together. */
function pauseAfter(attempts: number, outcome: Outcome): number {
  const pause = Math.min(PAUSE.first * 2 ** (attempts - 1), PAUSE.longest)
  const jittered = pause * (0.5 + randomBytes(2).readUInt16BE() / 131_072)
  const asked = 'after' in outcome ? Math.min(outcome.after ?? 0, PAUSE.longest) : 0
  return Math.round(Math.max(jittered, asked))
}

/** Servers repeat what they were told: their words are kept without address, code and link. */
function scrubbed(outcome: Outcome, { to, facts }: Message): Outcome {
  if (outcome.result === 'sent') return outcome
  const known = [to, to.slice(0, to.lastIndexOf('@')), ...Object.values(facts).map(String)]
  const secrets = known.filter((text) => text.length > 2).sort((a, b) => b.length - a.length)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const line = outcome.why.replace(/[\u0000-\u001f\u007f-\u009f]+|\p{Surrogate}/gu, ' ')
  const why = secrets.reduce((text, secret) => replaceAll(text, secret, '…'), line)
  return { ...outcome, why: why.trim().slice(0, 300) }
}

/** Without regard to letter case. */
function replaceAll(text: string, what: string, by: string): string {
  return text.replace(new RegExp(what.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'giu'), by)
}
