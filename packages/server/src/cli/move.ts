// `sallyport move`: everything into another database. What is done in which order is mover.ts's; here are the two URLs, the
// bar, and the table at the end.
import type { Loaded } from '../config/load.js'
import { databaseUrl, storeUrl, withDatabase } from '../config/settings.js'
import {
  Differs,
  isOff,
  type Moved,
  type MoveProgress,
  moveDatabase,
  reopenDatabase,
  StoreUnavailable,
} from '../server.js'
import { confirmed, givenSecret } from './ask.js'
import type { Call, Run } from './call.js'
import { assertDatabase } from './open.js'
import { bar, json, listing, out, progress, progressDone, say } from './print.js'
import { CommandError, usage } from './speak.js'
import { load } from './start.js'

const help = 'sallyport move --help'

export const move: Run = async (call) => {
  const loaded = await load('development', call.asked)
  const from = (await urlOf(call, 'from')) ?? storeUrl(loaded.settings)
  requireKept(from, '--from')
  assertDatabase(withDatabase(loaded.settings, from))
  return call.options.reopen ? reopen(call, loaded, from) : copy(call, loaded, from)
}

async function copy(call: Call, { settings }: Loaded, from: string): Promise<number> {
  const { options } = call
  const to = await urlOf(call, 'to')
  if (to === undefined)
    throw usage(
      'nothing says where to',
      'sallyport move --to-file <a file with the URL of an empty database>',
    )
  requireKept(to, '--to')
  if (/\/\/[^/@]*:[^/@]*@/.test(options.to ?? ''))
    say(
      'The password in --to can be seen by every user of this machine: --to-file or --to-stdin keep it to itself.',
    )
  try {
    const done = await moveDatabase({
      settings,
      from,
      to,
      resume: options.resume ?? false,
      tell: createTell(),
    })
    progressDone()
    await tell(done, options.json ?? false)
    return 0
  } catch (error) {
    progressDone()
    if (error instanceof Differs) await out(tableOf(error.tables))
    throw unavailable(error)
  }
}

/** Shows how far it is; the first SIGINT or SIGTERM ends the move in an orderly way, the second at once. */
function createTell(): (told: MoveProgress) => void {
  let stopped = false
  const stop = () => {
    stopped = true
  }
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const show = createBar()
  return (told) => {
    if (stopped) throw interrupted()
    show(told)
  }
}

const interrupted = () =>
  new CommandError(
    'stopped, and the source is as it was',
    'Run the same command again: it starts over by itself',
    1,
  )

/** A URL by option, file or stdin, as `database_url` takes it. Throws CommandError (2). */
async function urlOf({ options }: Call, which: 'from' | 'to'): Promise<string | undefined> {
  const file = which === 'to' ? options.toFile : options.fromFile
  const stdin = which === 'to' ? options.toStdin : undefined
  const given = options[which]
  const read = await givenSecret(which, stdin, file, help)
  if (given !== undefined && read !== undefined)
    throw usage(`--${which} and --${which}-${stdin ? 'stdin' : 'file'} name two databases; keep one`, help)
  const url = (given ?? read)?.trim()
  if (url === undefined) return undefined
  if (databaseUrl.parse(url) === undefined)
    throw usage(`--${which} is no URL of a database: expected ${databaseUrl.expected}`, help)
  return url
}

function requireKept(url: string, option: string): void {
  if (url === 'memory:' || url === 'sqlite::memory:')
    throw usage(
      `${option} is a memory that no other process can reach`,
      'Name a file or a database: sqlite:/path/to/file',
    )
}

/** Where the store failed, the source goes on as it was. */
function unavailable(error: unknown): unknown {
  if (!(error instanceof StoreUnavailable)) return error
  return new CommandError(
    `the move stopped, and the source is as it was: ${error.reason}`,
    'Mend that, and run the same command again: it starts over by itself',
    4,
    { cause: error },
  )
}

function createBar(): (told: MoveProgress) => void {
  let began: number | undefined
  return ({ stage, table, rows, total }) => {
    if (stage === 'waiting') return progress('Waiting until nobody writes…')
    began ??= performance.now()
    const seconds = (performance.now() - began) / 1000
    const pace = seconds > 0 ? rows / seconds : 0
    const doing = `${stage} ${table}  ${Math.round(pace)} rows/s`
    if (total === undefined) return progress(`${doing}, ${rows} so far`)
    const left = pace > 0 ? Math.ceil(Math.max(0, total - rows) / pace) : 0
    progress(bar(total === 0 ? 1 : Math.min(1, rows / total), `${doing}, ${left} s left`))
  }
}

async function tell({ from, to, tables, seconds }: Moved, asJson: boolean): Promise<void> {
  const rows = tables.reduce((sum, { source }) => sum + source.rows, 0)
  const pace = seconds > 0 ? Math.round(rows / seconds) : 0
  if (asJson) {
    const shown = tables.map(({ name, source, target }) => ({
      table: name,
      rows: target.rows,
      hash: target.hash,
      same: source.hash === target.hash,
    }))
    await out(
      json({ from, to, rows, seconds: Number(seconds.toFixed(1)), rows_per_second: pace, tables: shown }),
    )
  } else await out(tableOf(tables))
  if (tables.length === 0)
    say('An earlier move had copied and compared everything; its last act is done now.')
  else
    say(
      `${rows} rows in ${seconds.toFixed(1)} s, ${pace} a second; every table is the same on both sides. Rows past their end were left out.`,
    )
  say(`${from} takes no more writes. It can go once the other has proven itself.`)
  say(`→ Start the servers on the new one: SALLYPORT_DATABASE_URL, ${to}, with the same SALLYPORT_SECRET`)
}

const tableOf = (tables: Moved['tables']) =>
  listing(tables, {
    TABLE: ({ name }) => name,
    ROWS: ({ source }) => String(source.rows),
    COPIED: ({ target }) => String(target.rows),
    SOURCE: ({ source }) => source.hash,
    TARGET: ({ target }) => target.hash,
    VERDICT: (one) => (isOff(one) ? 'DIFFERENT' : 'same'),
  })

async function reopen({ options }: Call, { settings }: Loaded, from: string): Promise<number> {
  await confirmed(
    'Let servers write the database again that was moved',
    options.yes,
    'sallyport move --reopen',
  )
  const hold = await reopenDatabase(settings, from).catch((error) => {
    throw unavailable(error)
  })
  if (options.json) await out(json({ reopened: hold !== undefined, moved_to: hold?.other ?? null }))
  if (!hold) say('Nothing held it.')
  else {
    say(`It can be written again; ${hold.other} is to be dropped, or was used on its own from here on.`)
    if (hold.state === 'moved')
      say(
        '→ Where the other one was in use since, what was ended there would live again here: sallyport restore --after',
      )
  }
  return 0
}
