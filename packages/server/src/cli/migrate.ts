// `sallyport migrate`: brings the database up to this version, or with --dry-run only says what that would do.
import { migrations, openEngine, type Planned } from '../server.js'
import type { Settings } from '../util/setting.js'
import type { Options } from './call.js'
import { json, out } from './print.js'
import { type Asked, load, prepareStore, storeError } from './start.js'

/** Prints the steps, one a line or as JSON; answers the exit code. */
export async function migrate(asked: Asked, options: Pick<Options, 'dryRun' | 'json'>): Promise<number> {
  const { dryRun = false } = options
  const { settings } = await load('production', asked)
  prepareStore(settings)
  try {
    const steps = await bring(settings, dryRun)
    const state = dryRun ? 'pending' : 'applied'
    if (options.json) await out(json({ [state]: steps }))
    else
      await out(steps.map((step) => `${state}  ${step.number}  ${step.name}\n${statements(step)}`).join(''))
    if (steps.length === 0) process.stderr.write('The database is up to date.\n')
    else if (dryRun) process.stderr.write('Nothing was changed. To apply: sallyport migrate\n')
    return 0
  } catch (error) {
    throw storeError(error, settings)
  }
}

type Step = Pick<Planned, 'number' | 'name'> & Partial<Planned>

/** What a step of a dry run would have the database do, and for how long it may be busy with that. */
function statements({ statements = [] }: Step): string {
  const lines = statements.map(({ sql, rows, seconds }) => {
    const time = seconds === 0 ? '' : `    -- ${rows.toLocaleString('en')} rows, about ${seconds} s`
    return `    ${sql};${time}\n`
  })
  return lines.join('')
}

async function bring(settings: Settings, dryRun: boolean): Promise<Step[]> {
  const engine = await openEngine(settings)
  const bare = ({ number, name }: Step) => ({ number, name })
  try {
    if (!dryRun) return (await engine.migrate(migrations)).map(bare)
    return [...((await engine.plan?.(migrations)) ?? (await engine.pending(migrations)).map(bare))]
  } finally {
    await engine.close()
  }
}
