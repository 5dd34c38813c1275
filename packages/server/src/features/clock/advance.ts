import { fail, type InputOf, type advanceClock as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { invalid } from '../../domain/identifiers.js'
import { parseDuration } from '../../util/duration.js'

/** RFC 3339 knows years of four digits, and what begins now may end a while later. */
const LATEST = Date.UTC(9000, 0)

/** Moves the server's clock. Without `testing.clock` there is nothing here. */
export async function advanceClock(
  context: Context,
  _caller: Caller,
  { advance }: InputOf<typeof operation>,
) {
  if (!context.advanceClock) throw fail('not_found')
  const milliseconds = parseDuration(advance)
  if (milliseconds === undefined) throw invalid('advance', 'must be a duration such as 301s, 15m or 2h')
  if (context.clock.now() + milliseconds > LATEST)
    throw invalid('advance', 'must not lead past the year 9000')
  return { now: context.advanceClock(milliseconds) }
}
