// `sallyport restore`: a backup in the place of the database, or what has to follow where it was put back by other means.
// What that is, restorer.ts knows.
import { shownDatabase } from '../config/settings.js'
import { type Restored, restoreDatabase, StoreUnavailable, settleDatabase } from '../server.js'
import type { Settings } from '../util/setting.js'
import { confirmed } from './ask.js'
import type { Call, Run } from './call.js'
import { assertDatabase, databaseFile, optionsOf } from './open.js'
import { bar, json, out, progress, progressDone, say } from './print.js'
import { CommandError, fileTrouble, usage } from './speak.js'
import { load, prepareStore, storeError } from './start.js'

const help = 'sallyport restore --help'

export const restore: Run = async (call) => {
  const [file] = call.names
  const { after } = call.options
  if (after && file !== undefined) throw usage('--after is for a database that is in its place already', help)
  if (after) return settle(call)
  if (file === undefined) throw usage('no backup is named', 'sallyport restore <file>')
  return putBack(call, file)
}

async function putBack(call: Call, file: string): Promise<number> {
  const loaded = await load('development', call.asked)
  const database = databaseFile(loaded.settings)
  if (database === undefined)
    throw new CommandError(
      `${shownDatabase(loaded.settings)} is put back by its own tools`,
      'Put it back with pg_restore or mariadb, then: sallyport restore --after',
      2,
    )
  await confirmed(
    `Put ${file} in the place of the database, and end every session`,
    call.options.yes,
    `sallyport restore ${file}`,
  )
  prepareStore(loaded.settings)
  try {
    const order = { ...optionsOf(loaded), file, database }
    const done = await restoreDatabase({
      ...order,
      tell: (doing, share) => progress(bar(share, doing)),
    })
    progressDone()
    return await tell(call, done)
  } catch (error) {
    progressDone()
    throw trouble(file, error, loaded.settings)
  }
}

function trouble(file: string, error: unknown, settings: Settings): unknown {
  const database = databaseFile(settings)
  if (error instanceof StoreUnavailable && error.reason.includes('has it open'))
    return new CommandError(
      `${database} is in use: ${error.reason}`,
      'Stop the server, then run the command again; nothing was changed',
      1,
      { cause: error },
    )
  const why = error instanceof StoreUnavailable ? error.reason : fileTrouble(error)
  if (why === undefined) return storeError(error, settings)
  const { path } = error as NodeJS.ErrnoException
  const what =
    path === file ? `the backup ${file} cannot be read` : `${file} cannot be restored to ${database}`
  return new CommandError(`${what}: ${why}`, 'Mend that and run the command again; nothing was changed', 1, {
    cause: error,
  })
}

async function settle(call: Call): Promise<number> {
  const loaded = await load('development', call.asked)
  assertDatabase(loaded.settings)
  await confirmed(
    'End every session, and replace signing keys',
    call.options.yes,
    'sallyport restore --after',
  )
  try {
    return await tell(call, await settleDatabase(optionsOf(loaded)))
  } catch (error) {
    throw storeError(error, loaded.settings)
  }
}

async function tell({ options }: Call, { takenAt, sessionsEnded, aside }: Restored): Promise<number> {
  const taken = takenAt === undefined ? null : new Date(takenAt).toISOString()
  if (options.json) await out(json({ taken_at: taken, sessions_ended: sessionsEnded, kept: aside ?? null }))
  else await out(`sessions ended ${sessionsEnded}\n`)
  say(
    `The state is that of ${taken ?? 'an unknown time'}. Everybody signs in again; what was on its way by mail or SMS is void.`,
  )
  say(
    'Accounts, passwords and API keys are as they were then: look for those that were changed, disabled or removed since.',
  )
  if (aside !== undefined) say(`The database that was there is now ${aside}.`)
  say('→ See whether all is well: sallyport doctor, sallyport audit verify')
  return 0
}
