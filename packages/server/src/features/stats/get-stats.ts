import { setImmediate } from 'node:timers/promises'
import type { InputOf, OutputOf, getStats as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import { invalid } from '../../domain/identifiers.js'
import { timeOf } from '../../domain/paging.js'
import { type Period, periods } from '../../domain/stats.js'
import { stats } from '../../domain/tables.js'
import { cursorOf, type Store } from '../../store/store.js'
import { countTotals } from './totals.js'

type Output = OutputOf<typeof operation>

const DAY = 86_400_000
/** The longest range that is answered at once. Milliseconds. */
const longest = { minute: DAY, hour: 31 * DAY } as const
const PAGE = 1000

/** What was counted in a range, a series for each name; where nothing was counted there is no point. */
export async function getStats(
  context: Context,
  _caller: Caller,
  input: InputOf<typeof operation>,
): Promise<Output> {
  const { period = 'hour' } = input
  const to = timeOf(input.to, 'to', context.clock.now())
  const from = timeOf(input.from, 'from', to - DAY)
  if (from > to) throw invalid('from', 'must not be after `to`')
  if (to - from > longest[period])
    throw invalid('from', `must be at most ${longest[period] / DAY} days before \`to\` by the ${period}`)
  const { running, waiting, turnedAway } = context.hasher.stats()
  return {
    period,
    series: await seriesOf(context.store, period, from - (from % periods[period].length), to),
    ...(await countTotals(context)),
    hashing: { running, waiting, turned_away: turnedAway },
  }
}

/** Reads in pages, and lets other work in between. */
async function seriesOf(store: Store, period: Period, from: number, to: number): Promise<Output['series']> {
  const series = new Map<string, { at: number; count: number }[]>()
  const order = { by: ['period', 'at'] as const, direction: 'ascending' as const }
  const where = { period, at: { gte: from, lte: to } }
  for (let after: string | undefined; ; ) {
    const rows = await store.list(stats, { where, order, limit: PAGE, ...(after !== undefined && { after }) })
    for (const { name, at, count } of rows) {
      const points = series.get(name) ?? []
      series.set(name, points)
      points.push({ at, count })
    }
    if (rows.length < PAGE) break
    after = cursorOf(stats, rows[PAGE - 1]!, order)
    await setImmediate()
  }
  const names = [...series.keys()].sort()
  return names.map((name) => ({ name, points: series.get(name)! }))
}
