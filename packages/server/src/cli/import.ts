// `sallyport import`: users from a file. The file is import-source.ts's, what becomes of a row is the server's; here is
// the loop between them, what is said of it, and the stopping in the middle.
import { closeSync, openSync, writeSync } from 'node:fs'
import { basename } from 'node:path'
import { reasonOf } from '../config/given.js'
import { type Importer, type Incoming, type Operator, type Outcome, Refused } from '../server.js'
import { givenSecret, hidden, isAttended } from './ask.js'
import type { Call, Run } from './call.js'
import { readFirebase } from './firebase.js'
import { openSource, type Source } from './import-source.js'
import { withOperator } from './open.js'
import { bar, json, out, progress, progressDone, say } from './print.js'
import { usage } from './speak.js'

const BATCH = 500
/** Refused rows that are shown; a report has them all. */
const SHOWN = 100
const IN_JSON = 1000
const help = 'sallyport import --help'

export const importFile: Run = (call) =>
  withOperator(call, async (operator) => {
    const path = call.names[0]!
    const source = await openSource(path, () => passphraseOf(call))
    const importer = await open(operator, call, source)
    const ran = await run(importer, source, call)
    await importer.finish(ran.complete)
    await tell(call, importer, source, ran)
    return ran.complete && importer.counts().refused === 0 ? 0 : 1
  })

async function passphraseOf({ options: { passphraseStdin, passphraseFile } }: Call): Promise<string> {
  const given = await givenSecret('passphrase', passphraseStdin, passphraseFile, help)
  if (given !== undefined) return given
  if (isAttended()) return hidden('Passphrase of the file: ')
  throw usage('the file is sealed to a passphrase', 'Name it with --passphrase-file or --passphrase-stdin')
}

async function open(
  operator: Operator,
  { names, options }: Call,
  { fingerprint }: Source,
): Promise<Importer> {
  const { map = [], update = false, dryRun = false, administrators = false, firebase } = options
  try {
    return await operator.importer({
      file: basename(names[0]!),
      fingerprint,
      map,
      update,
      dryRun,
      administrators,
      ...(firebase !== undefined && { firebase: readFirebase(firebase) }),
    })
  } catch (error) {
    throw error instanceof Refused ? usage(error.message, error.next) : error
  }
}

interface Ran {
  /** What was said of rows that were taken, and of how many. */
  readonly notes: ReadonlyMap<string, number>
  /** The first of the refused rows. */
  readonly refused: Outcome[]
  /** Whether the file was read to its end. */
  readonly complete: boolean
}

/** Ends early at SIGINT or SIGTERM, when the rows under way are in; the second signal ends the process. */
async function run(importer: Importer, source: Source, { options }: Call): Promise<Ran> {
  let stopped = false
  const stop = () => {
    stopped = true
  }
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const report = openReport(options.report)
  const refused: Outcome[] = []
  const notes = new Map<string, number>()
  try {
    for await (const batch of batches(source.rows())) {
      const outcomes = await importer.take(batch)
      report.write(outcomes)
      for (const outcome of outcomes) {
        if (outcome.result === 'refused' && refused.length < IN_JSON) refused.push(outcome)
        for (const note of outcome.notes ?? []) notes.set(note, (notes.get(note) ?? 0) + 1)
      }
      progress(barOf(source, importer))
      if (stopped) break
    }
    return { refused, notes, complete: !stopped }
  } catch (error) {
    // What was done so far is told by the audit log all the same, where the store still takes it.
    await importer.finish(false).catch(() => {})
    throw error
  } finally {
    progressDone()
    report.close()
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
}

async function* batches(rows: AsyncIterable<Incoming>): AsyncGenerator<Incoming[]> {
  let batch: Incoming[] = []
  for await (const row of rows) {
    batch.push(row)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

function barOf(source: Source, importer: Importer): string {
  const share = Math.min(1, source.position() / Math.max(1, source.size))
  const { made, updated, there, refused } = importer.counts()
  return bar(share, `${made + updated + there + refused} rows, ${refused} refused`)
}

function openReport(path: string | undefined) {
  if (path === undefined) return { write: () => {}, close: () => {} }
  let descriptor: number
  try {
    descriptor = openSync(path, 'a', 0o600)
  } catch (error) {
    throw usage(`the report ${path} cannot be written (${reasonOf(error)})`, help)
  }
  return {
    write: (outcomes: readonly Outcome[]) => {
      writeSync(descriptor, outcomes.map((outcome) => `${JSON.stringify(outcome)}\n`).join(''))
    },
    close: () => closeSync(descriptor),
  }
}

async function tell(
  { options, names }: Call,
  importer: Importer,
  source: Source,
  { refused, notes, complete }: Ran,
): Promise<void> {
  const counts = importer.counts()
  const ignored = importer.ignored()
  const dryRun = options.dryRun ?? false
  if (options.json) {
    const rows = refused.map(({ line, reason, next }) => ({ line, reason, next }))
    await out(
      json({ file: basename(names[0]!), dry_run: dryRun, complete, ...counts, ignored, refused_rows: rows }),
    )
  } else {
    const lines = refused
      .slice(0, SHOWN)
      .map(({ line, reason, next }) => `line ${line}: ${reason}\n  → ${next}\n`)
    const { made, updated, there } = counts
    const sum = `made ${made}, updated ${updated}, there already ${there}, refused ${counts.refused}\n`
    await out(`${lines.join('')}${dryRun ? 'would be: ' : ''}${sum}`)
    if (counts.refused > lines.length)
      say(`${counts.refused - lines.length} more refused rows are not shown. → --report <path> has them all`)
  }
  for (const note of source.notes()) say(note)
  for (const [note, count] of notes) say(`${count} ${count === 1 ? 'row' : 'rows'}: ${note}`)
  if (ignored.length > 0)
    say(`Not taken: ${ignored.join(', ')}. → --map <theirs>=metadata.<name> keeps one with the user`)
  if (!complete) say('Stopped before the end of the file. → Run the same command again: it goes on')
  if (dryRun) say('Nothing was written.')
}
