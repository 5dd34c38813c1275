// CSV as RFC 4180 has it: commas, fields in quotes with quotes doubled, line ends within quotes. Strict: a quote in the
// middle of a bare field or text behind a closing quote is a fault of its record, and reading goes on with the next line.
import type { ByteLine } from './text-lines.js'

export interface CsvRecord {
  /** The line on which it begins. */
  readonly line: number
  /** Absent where there is a fault. */
  readonly fields?: readonly string[]
  readonly fault?: string
  /** False for a last record that no line feed ends. */
  readonly ended: boolean
}

interface State {
  fields: string[]
  field: string
  quoted: boolean
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A record that goes on over lines may have `longest` characters in all. Empty lines between records are skipped. */
export async function* recordsOf(lines: AsyncIterable<ByteLine>, longest: number): AsyncGenerator<CsvRecord> {
  let open: (State & { line: number; size: number }) | undefined
  for await (const { number, bytes, ended } of lines) {
    const state = open ?? { fields: [], field: '', quoted: false, line: number, size: 0 }
    open = undefined
    const text = bytes === undefined ? undefined : decode(bytes)
    const fault = faultOf(state, bytes, text, longest)
    if (fault !== undefined) {
      yield { line: number, fault, ended }
      continue
    }
    if (!state.quoted && (text === '' || text === '\r')) continue
    const wrong = read(state, text!)
    if (wrong !== undefined) yield { line: state.line, fault: wrong, ended }
    else if (!state.quoted) yield { line: state.line, fields: state.fields, ended }
    else if (!ended) yield { line: state.line, fault: 'a quoted field is never closed', ended }
    else {
      state.field += '\n'
      open = state
    }
  }
  if (open) yield { line: open.line, fault: 'a quoted field is never closed', ended: false }
}

function faultOf(
  state: { size: number; line: number },
  bytes: Buffer | undefined,
  text: string | undefined,
  longest: number,
): string | undefined {
  state.size += bytes?.length ?? longest + 1
  if (state.size > longest) return 'is longer than 1 MiB; perhaps a quote is never closed'
  return text === undefined ? 'is not valid UTF-8' : undefined
}

function decode(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** Reads a line into the state; answers what is wrong with it. A field that stays open goes on with the next line. */
function read(state: State, text: string): string | undefined {
  let at = 0
  for (;;) {
    if (!state.quoted && text[at] !== '"') {
      const comma = text.indexOf(',', at)
      const bare = comma < 0 ? text.slice(at).replace(/\r$/, '') : text.slice(at, comma)
      if (bare.includes('"')) return 'a quote stands within a field that is not in quotes'
      state.fields.push(bare)
      if (comma < 0) return undefined
      at = comma + 1
      continue
    }
    if (!state.quoted) at += 1
    state.quoted = true
    const closed = readQuoted(state, text, at)
    if (closed === undefined) return undefined
    state.fields.push(state.field)
    state.field = ''
    state.quoted = false
    const behind = text.slice(closed, closed + 2)
    if (behind === '' || behind === '\r') return undefined
    if (text[closed] !== ',') return 'text stands behind a closing quote'
    at = closed + 1
  }
}

/** Where the quoted field ended, behind its quote; undefined where it goes on. */
function readQuoted(state: State, text: string, from: number): number | undefined {
  for (let at = from; ; ) {
    const quote = text.indexOf('"', at)
    if (quote < 0) {
      state.field += text.slice(at)
      return undefined
    }
    state.field += text.slice(at, quote)
    if (text[quote + 1] !== '"') return quote + 1
    state.field += '"'
    at = quote + 2
  }
}
