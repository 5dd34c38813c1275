// `sallyport migrate`: brings the database up to this version, or with --dry-run only says what that would do.
import { migrations, openEngine } from '../server.js'
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
    if (options.json) await out(json({ [state]: steps.map(({ number, name }) => ({ number, name })) }))
    else await out(steps.map(({ number, name }) => `${state}  ${number}  ${name}\n`).join(''))
    if (steps.length === 0) process.stderr.write('The database is up to date.\n')
    else if (dryRun) process.stderr.write('Nothing was changed. To apply: sallyport migrate\n')
    return 0
  } catch (error) {
    throw storeError(error, settings)
  }
}

async function bring(settings: Settings, dryRun: boolean) {
  const engine = await openEngine(settings)
  try {
    return dryRun ? await engine.pending(migrations) : await engine.migrate(migrations)
  } finally {
    await engine.close()
  }
}
