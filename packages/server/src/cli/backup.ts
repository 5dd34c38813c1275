// `sallyport backup`: the database of a running server as one file. What a backup is, restorer.ts knows.
import { basename } from 'node:path'
import { shownDatabase } from '../config/settings.js'
import { backUpDatabase, StoreUnavailable } from '../server.js'
import type { Settings } from '../util/setting.js'
import type { Run } from './call.js'
import { assertDatabase, databaseFile } from './open.js'
import { bar, json, out, progress, progressDone, say } from './print.js'
import { CommandError, fileTrouble, usage } from './speak.js'
import { load, storeError } from './start.js'

export const backup: Run = async ({ names, options, asked }) => {
  const file = names[0]!
  const { settings } = await load('development', asked)
  requireFile(settings, file)
  assertDatabase(settings)
  try {
    const { at, bytes } = await backUpDatabase(settings, file, (doing, share) => progress(bar(share, doing)))
    progressDone()
    const taken = new Date(at).toISOString()
    if (options.json) await out(json({ file, taken_at: taken, bytes }))
    say(`${file}: ${bytes} bytes, the state of ${taken}, read from end to end.`)
    say(
      'The master secret is not in it. Keep a copy of that too, elsewhere: without it nobody signs in with this backup.',
    )
    say(`→ To go back to it: sallyport restore ${file}`)
    return 0
  } catch (error) {
    progressDone()
    throw trouble(file, error, settings)
  }
}

/** Databases that are servers of their own have tools that do this well. Throws StartError. */
function requireFile(settings: Settings, file: string): void {
  if (databaseFile(settings) !== undefined || shownDatabase(settings).startsWith('sqlite:')) return
  const url = shownDatabase(settings)
  if (url.startsWith('memory:')) return
  const own =
    url.startsWith('mysql:') || url.startsWith('mariadb:')
      ? `mariadb-dump --single-transaction --databases ${new URL(url).pathname.slice(1)} > ${basename(file)}`
      : pgDump(url, file)
  throw new CommandError(
    `${url} is backed up by its own tools, which copy it while it is written`,
    `${own}; after going back to such a copy: sallyport restore --after`,
    2,
  )
}

/** The schema is a word of our URLs, and none of PostgreSQL's. */
function pgDump(url: string, file: string): string {
  const [server, schema] = url.split('?schema=')
  const only = schema === undefined ? '' : ` --schema=${schema}`
  return `pg_dump --format=custom${only} --file=${basename(file)} '${server}'`
}

function trouble(file: string, error: unknown, settings: Settings): unknown {
  const why =
    (error as NodeJS.ErrnoException).code === 'EEXIST'
      ? 'it is there already and is not written over'
      : fileTrouble(error)
  if (why !== undefined)
    return usage(
      `the backup ${file} cannot be written: ${why}`,
      'Name a new file on a disk with room; nothing was left behind',
    )
  if (error instanceof StoreUnavailable && /full|I\/O/i.test(error.reason))
    return new CommandError(
      `the backup ${file} cannot be written: ${error.reason}`,
      'Name a file on a disk with room; nothing was left behind',
      1,
      { cause: error },
    )
  return storeError(error, settings)
}
