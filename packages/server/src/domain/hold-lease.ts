// The hold of a move on the database that it leaves: it ends by itself soon after whoever moves is gone, so that a move that
// was cut off keeps nobody from writing for long.
import { type Engine, StoreUnavailable, UniqueViolation } from '../store/store.js'
import { systemClock } from '../util/clock.js'
import { type Hold, here, holds } from './holds.js'

/** How long the hold outlives whoever put it there, and how often that end is put off. Milliseconds. */
export const LEASE = 30_000
const RENEWED = 5000

/** The time by which servers of a database go, in milliseconds. */
export const timeOf = async ({ time }: Pick<Engine, 'time'>): Promise<number> =>
  time ? time() : systemClock.now()

/** Tells every server to write no more, and answers until when; takes the place of an `earlier` hold. Throws StoreUnavailable where somebody else's is there. */
export async function takeHold(
  source: Pick<Engine, 'insert' | 'update' | 'time'>,
  by: Pick<Hold, 'move' | 'other' | 'at'>,
  earlier: Hold | undefined,
): Promise<number> {
  const until = (await timeOf(source)) + LEASE
  const row = { ...by, state: 'leaving', expires_at: until }
  const others = () => new StoreUnavailable('another move from the source began just now')
  if (earlier) {
    if ((await source.update(holds, { ...here, move: earlier.move }, row)) === 0) throw others()
    return until
  }
  await source.insert(holds, { ...here, ...row }).catch((error) => {
    throw error instanceof UniqueViolation ? others() : error
  })
  return until
}

/**
 * Puts off the end of a hold until it is stopped. Where the engine keeps every writer out, it may keep this one out too,
 * and nothing is lost by that.
 * @param until where it ends as yet
 * @param alone whether nothing but the hold keeps writers out: one that ran out is lost then
 */
export function renewHold(
  source: Pick<Engine, 'update' | 'time'>,
  move: string,
  until: number,
  alone: boolean,
): Renewal {
  let lost = false
  let ends = until
  const put = async () => {
    const now = await timeOf(source)
    // Only while it is ours to put off: what was marked as moved since never ends.
    const ours = { ...here, move, state: 'leaving', ...(alone && { expires_at: { gt: now } }) }
    const matched = await source.update(holds, ours, { expires_at: now + LEASE })
    // On its way it may have met a hold that had just run out, and somebody who wrote in between.
    lost ||= matched === 0 || (alone && (await timeOf(source)) >= ends)
    ends = now + LEASE
  }
  let putting: Promise<void> | undefined
  const timer = setInterval(() => {
    putting ??= put()
      .catch(() => {})
      .finally(() => {
        putting = undefined
      })
  }, RENEWED)
  return {
    lost: () => lost,
    stop: async () => {
      clearInterval(timer)
      await putting
    },
  }
}

export interface Renewal {
  lost(): boolean
  /** Resolves when nothing is on its way any more. */
  stop(): Promise<void>
}
