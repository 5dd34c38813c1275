// Backups of an SQLite database, and putting one back. A backup is made beside running servers and says what it is, so
// that no server starts on a copy that was only moved into place; a restored one is put right first, on a draft: until the
// last rename nothing of the database that is there has changed.
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, openSync, realpathSync, renameSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { createContext, type ServerOptions } from './compose.js'
import { StartError } from './config/errors.js'
import { withDatabase } from './config/settings.js'
import { openedContracts } from './contracts.js'
import type { Context } from './domain/context.js'
import { type Hold, here, holds, readHold, reasonOf } from './domain/holds.js'
import { migrations } from './domain/migrations/index.js'
import { placing } from './domain/places.js'
import { audit, NEVER } from './domain/tables.js'
import { settleRestored } from './features/secret/after-restore.js'
import { openNode } from './nodes.js'
import { close, operatorCaller } from './operator.js'
import { openUnfenced, placesOf, tables, withBeside } from './storage.js'
import { takeAlone } from './store/engines/sqlite/alone.js'
import { copyFile, nameNew, removeFile, setAside, sync, syncDirectory } from './store/engines/sqlite/files.js'
import { type Engine, StoreUnavailable, write } from './store/store.js'
import { type Clock, systemClock } from './util/clock.js'
import { uuidv7 } from './util/ids.js'
import type { Settings } from './util/setting.js'

/** What is being done, and how much of it is, 0 to 1. */
export type Tell = (doing: 'copying' | 'checking' | 'putting right', share: number) => void

/** The settings with an SQLite file as database. */
const onFile = (settings: Settings, path: string) => withDatabase(settings, `sqlite:${path}`)

export interface BackedUp {
  /** When the state is from, in milliseconds. */
  readonly at: number
  readonly bytes: number
}

/**
 * Copies the database into a new file, checks the copy, and gives it its name last: what bears it is whole and on the
 * disk. Throws StartError, StoreUnavailable, or an error of the file system; no file is left then.
 */
export async function backUpDatabase(settings: Settings, path: string, tell: Tell): Promise<BackedUp> {
  // By chance and not by the process: in containers every process has the same number, and one that was killed leaves its
  // draft behind.
  const draft = `${path}.${randomBytes(6).toString('hex')}.part`
  const engine = await openUnfenced(settings, systemClock)
  try {
    closeSync(openSync(draft, 'wx', 0o600))
    const at = systemClock.now()
    await engine.copyTo!(draft, (share) => tell('copying', share))
    tell('checking', 0)
    await finishBackup(settings, draft, at)
    sync(draft)
    const bytes = statSync(draft).size
    nameNew(draft, path)
    return { at, bytes }
  } finally {
    removeFile(draft)
    await engine.close()
  }
}

/** Marks the copy as what it is, and reads it from end to end. Throws StartError where it is not whole. */
async function finishBackup(settings: Settings, draft: string, at: number): Promise<void> {
  const copy = await openUnfenced(onFile(settings, draft), systemClock)
  try {
    if (await knowsHolds(copy)) {
      const hold = await readHold(copy)
      if (hold) await requireWhole(copy, hold)
      const row = { ...here, state: 'backup', move: uuidv7(at), other: '', at, expires_at: NEVER }
      await copy.atomically([write.remove(holds, here), write.insert(holds, row)])
    }
    const [broken] = (await copy.inspect?.(true)) ?? []
    if (broken === undefined) return
    throw new StartError(
      `the database is damaged, and so was its copy: ${broken}`,
      'Stop the server, keep a copy of the file, and go back to an earlier backup: sallyport doctor --deep',
    )
  } finally {
    await copy.close()
  }
}

/** Of what a move has not filled yet nobody could tell afterwards; what it left is whole, and writable in the copy. */
async function requireWhole(copy: Engine, hold: Hold): Promise<void> {
  if (hold.state === 'arriving' || hold.state === 'whole')
    throw new StartError(`this is no database to back up: ${reasonOf(hold)}`, 'Finish that move first')
  if (hold.state === 'moved') await copy.thaw?.(tables)
}

/** A database of an earlier version has no place for a mark. */
async function knowsHolds(engine: Engine): Promise<boolean> {
  const pending = await engine.pending(migrations)
  return !pending.some(({ steps }) =>
    steps.some((step) => 'create' in step && step.create.name === holds.name),
  )
}

export interface RestoreOrder extends ServerOptions {
  /** The backup. */
  readonly file: string
  /** The database's file, there or not. */
  readonly database: string
  tell: Tell
}

export interface Restored {
  /** When the state is from, as far as that is known; milliseconds. */
  readonly takenAt: number | undefined
  readonly sessionsEnded: number
  /** Where the database is now that was there. */
  readonly aside: string | undefined
}

/**
 * Puts a backup in the database's place. Throws StartError where the backup or the secret cannot be used,
 * StoreUnavailable where a server has the database open, or an error of the file system; nothing has changed then.
 */
export async function restoreDatabase(order: RestoreOrder): Promise<Restored> {
  const { file, tell } = order
  // The file itself, where the settings name a link to it: the new one lies on the same disk.
  const database = existsSync(order.database) ? realpathSync(order.database) : order.database
  const draft = `${database}.restoring`
  const alone = await takeAlone(database)
  try {
    removeFile(draft)
    copyFile(file, draft, (share) => tell('copying', share))
    const settled = await settleDraft(order, draft)
    sync(draft)
    const aside = existsSync(database) ? setAside(database, systemClock.now()) : undefined
    renameSync(draft, database)
    syncDirectory(database)
    return { ...settled, aside }
  } finally {
    removeFile(draft)
    alone.release()
  }
}

/** Checks the copy, brings it up to date, and puts it right. */
async function settleDraft(order: RestoreOrder, draft: string): Promise<Omit<Restored, 'aside'>> {
  const { settings, file, tell } = order
  const options = { ...order, settings: onFile(settings, draft) }
  const engine = await openDraft(options.settings, draft, file)
  try {
    tell('checking', 0)
    await requireSallyport(engine, file)
    const hold = (await knowsHolds(engine)) ? await readHold(engine) : undefined
    if (hold?.state === 'arriving' || hold?.state === 'whole')
      throw new StartError(`${file} cannot be used: ${reasonOf(hold)}`, 'Name another backup')
    await engine.migrate(migrations)
  } finally {
    await engine.close()
  }
  tell('putting right', 0)
  return settle(options, basename(file))
}

async function openDraft(settings: Settings, draft: string, file: string): Promise<Engine> {
  try {
    return await openUnfenced(settings, systemClock)
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error
    // What stands behind the colon mends a database, not a backup.
    throw unusable(file, error.reason.replaceAll(draft, 'it').split(': ')[0]!)
  }
}

/** Throws StartError where the file is damaged, of a newer version, or somebody else's. */
async function requireSallyport(engine: Engine, file: string): Promise<void> {
  const broken = await engine.inspect!(true).catch((error: Error) => [error.message])
  if (broken[0] !== undefined) throw unusable(file, `it is damaged: ${broken[0]}`)
  const pending = await engine.pending(migrations)
  if (pending.length === migrations.length) throw unusable(file, 'it is no database of Sallyport')
}

const unusable = (file: string, why: string) =>
  new StartError(`the backup ${file} cannot be used: ${why}`, 'Name another backup; nothing was changed')

/** Ends what may have been ended since, writes into the audit log that this was done, and takes the mark away last. */
async function settle(options: ServerOptions, file?: string): Promise<Omit<Restored, 'aside'>> {
  const open = async (clock: Clock) => withBeside(await openUnfenced(options.settings, clock), options, clock)
  const node = await openNode(options, open)
  let context: Context | undefined
  try {
    const hold = await readHold(node.engine)
    const takenAt = hold?.state === 'backup' ? hold.at : await newestEntry(node.engine)
    context = await createContext(options, node, await openedContracts(options), () => false)
    const origin = { ...(file !== undefined && { file }), ...(takenAt !== undefined && { takenAt }) }
    const sessionsEnded = await settleRestored(context, operatorCaller(), origin)
    await context.audit.settled()
    // Wherever they lived then: nothing of that time lives on.
    const at = node.clock.now()
    const places = placing(await placesOf(options.settings), { state: 'placed', move: uuidv7(at), at })
    await node.engine.atomically([write.remove(holds, here), ...places])
    return { takenAt, sessionsEnded }
  } finally {
    if (context) await close(context, node)
    else await node.close()
  }
}

/** What a copy without a mark tells of its time: it is not older than its newest entry. */
async function newestEntry(engine: Engine): Promise<number | undefined> {
  const order = { by: ['at'], direction: 'descending' } as const
  const [newest] = await engine.list(audit, { order, limit: 1 })
  return newest?.at
}

/**
 * Does the same in place, to a database that was put back by its own tools. Throws StartError where it is not one to
 * work with.
 */
export async function settleDatabase(options: ServerOptions): Promise<Restored> {
  const engine = await openUnfenced(options.settings)
  try {
    if ((await engine.pending(migrations)).length > 0)
      throw new StartError('the database is of an earlier version', 'sallyport migrate')
    const hold = await readHold(engine)
    if (hold && hold.state !== 'backup')
      throw new StartError(`the database cannot be worked with: ${reasonOf(hold)}`, 'sallyport move --help')
  } finally {
    await engine.close()
  }
  return { ...(await settle(options)), aside: undefined }
}
