import { fail, type InputOf, type advanceClock as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { invalid } from '../../domain/identifiers.js'
import { parseDuration } from '../../util/duration.js'

/** Moves the server's clock. Without `testing.clock` there is nothing here. */
export async function advanceClock(
  context: Context,
  _caller: Caller,
  { advance }: InputOf<typeof operation>,
) {
  if (!context.advanceClock) throw fail('not_found')
  const milliseconds = parseDuration(advance)
  if (milliseconds === undefined) throw invalid('advance', 'must be a duration such as 301s, 15m or 2h')
  return { now: context.advanceClock(milliseconds) }
}
