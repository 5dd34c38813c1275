// The file of `sallyport import`: opened, unsealed where it is sealed, told NDJSON from CSV, and read row by row. It is
// read twice: once from end to end for its fingerprint and its seal, so that nothing of a damaged file is taken, and
// once for its rows.
import { createHash } from 'node:crypto'
import { createReadStream, statSync } from 'node:fs'
import { reasonOf } from '../config/given.js'
import type { Incoming } from '../server.js'
import { recordsOf } from '../util/csv.js'
import { isSealed, NotOpened, openStream } from '../util/sealed-file.js'
import { type ByteLine, linesOf } from '../util/text-lines.js'
import { CommandError, usage } from './speak.js'

export interface Source {
  /** Of the bytes of the file. */
  readonly fingerprint: string
  readonly size: number
  rows(): AsyncGenerator<Incoming>
  /** How many bytes of the file have been read. */
  position(): number
  /** Worth a word when everything was read. */
  notes(): string[]
}

const LONGEST = 1024 * 1024
const START = 4096
const again = 'Mend the line and import the file again: what is there already stays as it is'

/** `passphrase` is asked for once, where the file is sealed. Throws CommandError. */
export async function openSource(path: string, passphrase: () => Promise<string>): Promise<Source> {
  const size = sizeOf(path)
  let position = 0
  const raw = () => readFile(path, (read) => (position = read))
  const first = await peek(raw(), START)
  const secret = isSealed(first) ? await passphrase() : undefined
  const plain = () => (secret === undefined ? raw() : unsealed(raw(), secret, path))
  const fingerprint = await survey(raw(), secret === undefined ? undefined : plain())
  const kind = kindOf(await peek(plain(), START), path)
  const notes: string[] = []
  const bytes = () => withoutMark(plain())
  return {
    fingerprint,
    size,
    rows: () => (kind === 'csv' ? csvRows(bytes(), path, notes) : jsonRows(bytes())),
    position: () => position,
    notes: () => notes,
  }
}

function sizeOf(path: string): number {
  try {
    const stat = statSync(path)
    if (stat.isFile()) return stat.size
  } catch (error) {
    throw usage(`the file ${path} cannot be read (${reasonOf(error)})`, 'sallyport import --help')
  }
  throw usage(
    `${path} is no file that can be read twice`,
    'Write what comes from a pipe into a file first, and name that',
  )
}

async function* readFile(path: string, progress: (read: number) => void): AsyncGenerator<Buffer> {
  let read = 0
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
      read += (chunk as Buffer).length
      progress(read)
      yield chunk as Buffer
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error
    throw new CommandError(
      `the file ${path} cannot be read (${reasonOf(error)})`,
      'sallyport import --help',
      1,
    )
  }
}

async function* unsealed(raw: AsyncIterable<Buffer>, secret: string, path: string): AsyncGenerator<Buffer> {
  try {
    yield* openStream(raw, secret)
  } catch (error) {
    if (!(error instanceof NotOpened)) throw error
    throw new CommandError(`${path} cannot be opened: ${error.message}`, 'Nothing was taken from it', 1)
  }
}

async function peek(chunks: AsyncIterable<Buffer>, size: number): Promise<Buffer> {
  let start = Buffer.alloc(0)
  for await (const chunk of chunks) {
    start = Buffer.concat([start, chunk])
    if (start.length >= size) break
  }
  return start
}

/** Reads everything once. The seal is whole only when its end was seen. */
async function survey(raw: AsyncIterable<Buffer>, plain: AsyncIterable<Buffer> | undefined): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of raw) hash.update(chunk)
  if (plain) for await (const _chunk of plain);
  return hash.digest('base64url').slice(0, 24)
}

function kindOf(start: Buffer, path: string): 'ndjson' | 'csv' {
  if ((start[0] === 0xff && start[1] === 0xfe) || (start[0] === 0xfe && start[1] === 0xff))
    throw usage(`${path} is UTF-16`, `Write it as UTF-8: iconv -f UTF-16 -t UTF-8 ${path} > users.csv`)
  const text = start
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart()
  if (text === '') throw usage(`there is nothing in ${path}`, 'sallyport import --help')
  if (text.startsWith('['))
    throw usage(
      `${path} is one JSON list, not one object a line`,
      `Write: jq -c '.[]' ${path} > users.ndjson`,
    )
  if (!text.startsWith('{')) return 'csv'
  if (/^\{\s*\n/.test(text))
    throw usage(
      `${path} is JSON over many lines, not one object a line`,
      `Write: jq -c . ${path} > users.ndjson, with the path to the list of users in it, such as .users[]`,
    )
  return 'ndjson'
}

async function* withoutMark(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let first = true
  for await (const chunk of chunks) {
    yield first && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf ? chunk.subarray(3) : chunk
    first = false
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

async function* jsonRows(bytes: AsyncIterable<Buffer>): AsyncGenerator<Incoming> {
  for await (const line of linesOf(bytes, LONGEST)) {
    const read = jsonRow(line)
    if (read) yield read
  }
}

function jsonRow({ number: line, bytes, ended }: ByteLine): Incoming | undefined {
  if (bytes === undefined) return { line, reason: 'is longer than 1 MiB', next: again }
  try {
    const text = utf8.decode(bytes).trim()
    if (text === '') return undefined
    const row: unknown = JSON.parse(text)
    if (typeof row === 'object' && row !== null && !Array.isArray(row))
      return { line, row: row as Record<string, unknown> }
    return { line, reason: 'is not a JSON object', next: again }
  } catch (error) {
    if (error instanceof TypeError) return { line, reason: 'is not valid UTF-8', next: again }
    if (ended) return { line, reason: 'is not JSON', next: again }
    return {
      line,
      reason: 'is not JSON, and the file ends in it: it may have been cut off',
      next: 'Export the file again and import it whole: what is there already stays as it is',
    }
  }
}

async function* csvRows(
  bytes: AsyncIterable<Buffer>,
  path: string,
  notes: string[],
): AsyncGenerator<Incoming> {
  let header: readonly string[] | undefined
  for await (const { line, fields, fault, ended } of recordsOf(linesOf(bytes, LONGEST), LONGEST)) {
    if (!header) {
      if (fields === undefined)
        throw usage(`the first line of ${path} ${fault}`, 'Mend the names of the columns')
      header = readHeader(fields, path)
      continue
    }
    if (fields === undefined) yield { line, reason: fault, next: again }
    else if (fields.length !== header.length) {
      const reason = `has ${fields.length} fields where the first line has ${header.length}`
      yield { line, reason: ended ? reason : `${reason}; the file may have been cut off in it`, next: again }
    } else {
      if (!ended) notes.push(`line ${line}: no line end follows; see whether the file was cut off in it`)
      yield { line, row: Object.fromEntries(header.map((name, at) => [name, fields[at]])) }
    }
  }
}

function readHeader(fields: readonly string[], path: string): readonly string[] {
  const names = fields.map((name) => name.trim())
  const [only = ''] = names
  if (names.length === 1 && /[;\t]/.test(only))
    throw usage(
      `the columns of ${path} are not separated by commas`,
      'Export it with commas between the columns',
    )
  const twice = names.find((name, at) => name === '' || names.indexOf(name) !== at)
  if (twice === undefined) return names
  throw usage(
    twice === '' ? `a column of ${path} has no name` : `two columns of ${path} are called ${twice}`,
    'Give every column a name of its own in the first line',
  )
}
