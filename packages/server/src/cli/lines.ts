// The development server's talk: the banner, and one line for each event. Pure: facts in, text out.

export interface Style {
  dim(text: string): string
  bold(text: string): string
  warn(text: string): string
  bad(text: string): string
}

const paint = (from: number, to: number) => (text: string) => `\u001b[${from}m${text}\u001b[${to}m`
const plain = (text: string) => text

/** Colours for a terminal whose owner has not switched them off (NO_COLOR), plain text for anything else. */
export function styleFor(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): Style {
  if (!stream.isTTY || env.NO_COLOR || env.TERM === 'dumb')
    return { dim: plain, bold: plain, warn: plain, bad: plain }
  return { dim: paint(2, 22), bold: paint(1, 22), warn: paint(33, 39), bad: paint(31, 39) }
}

export interface NamedUrl {
  readonly label: string
  readonly url: string
  readonly note?: string
}

/** What the development server says once it listens; `last`, where there is one, is what to do next. */
export function banner(
  version: string,
  data: string,
  urls: readonly NamedUrl[],
  style: Style,
  last?: string,
): string {
  const width = Math.max(...urls.map(({ label }) => label.length))
  const lines = urls.map(
    ({ label, url, note }) => `  ${label.padEnd(width)}   ${url}${note ? `   ${style.dim(note)}` : ''}`,
  )
  const head = `  ${style.bold(`Sallyport ${version}`)} (development)   ${style.dim(`data ${data}`)}`
  const end = last === undefined ? '' : `  ► ${last}\n\n`
  return `\n${head}\n\n${lines.join('\n')}\n\n  ${style.dim('Ctrl-C stops it.')}\n\n${end}`
}

const own = new Set(['level', 'time', 'msg', 'event', 'room', 'err', 'pid', 'hostname', 'name'])

/** One log entry as one line; a failure brings its stack, indented. */
export function eventLine(entry: Record<string, unknown>, style: Style): string {
  const { time, err } = entry
  const clock = new Date(typeof time === 'number' ? time : 0).toTimeString().slice(0, 8)
  const { room, told, facts } = readEntry(entry)
  const level = String(entry.level)
  const quiet = ['info', 'debug', 'trace'].includes(level)
  const tone = quiet ? style.bold : level === 'warn' ? style.warn : style.bad
  const details = facts.map(([key, value]) => `${key} ${short(value)}`).join(', ')
  const tail = details && `  ${style.dim(details)}`
  const line = `${style.dim(clock)} ${tone((quiet ? room : level).padEnd(8))} ${oneLine(told)}${tail}\n`
  const stack = (err as { stack?: unknown } | undefined)?.stack
  return stack ? `${line}${style.dim(printable(String(stack)).replace(/^/gm, '    '))}\n` : line
}

export interface ToldMessage {
  readonly topic: string
  readonly to: string
  readonly code?: string
  readonly link?: string
}

/** A mail or SMS, with what whoever develops needs of it: the code, else the link. For a terminal, never for a log. */
export function messageLine({ topic, to, code, link }: ToldMessage, at: Date, style: Style): string {
  const what = code !== undefined ? `code ${code}` : link !== undefined ? `link ${link}` : ''
  const clock = at.toTimeString().slice(0, 8)
  const told = [topic, to, what].filter((text) => text !== '').map(oneLine)
  return `${style.dim(clock)} ${style.bold('mail'.padEnd(8))} ${told.join('  ')} ${style.dim('→ /dev/mail')}\n`
}

/** The room an entry came from, what it tells, and the facts it tells it with. */
function readEntry(entry: Record<string, unknown>) {
  const { msg, event, method, path, status, ms, ...others } = entry
  const facts = Object.entries(others).filter(([key, value]) => !own.has(key) && value !== undefined)
  if (typeof method === 'string' && typeof path === 'string') {
    const took = typeof ms === 'number' ? ` ${Math.round(ms)} ms` : ''
    return { room: 'http', told: `${method} ${path} ${String(status)}${took}`, facts }
  }
  const room = String(entry.room ?? String(event ?? 'server').split('.')[0])
  return {
    room,
    told: msg !== undefined && msg !== event ? String(msg) : afterDot(String(event ?? '')),
    facts,
  }
}

/** `session.reuse_detected` stands in the column of sessions already. */
const afterDot = (event: string) => event.slice(event.indexOf('.') + 1).replaceAll('_', ' ')

/** Ids shortened to what tells them apart: the end, since the beginning of a UUIDv7 is the time. */
function short(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return oneLine(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) ? `…${text.slice(-8)}` : text)
}

const oneLine = (text: string) => printable(text).replaceAll('\n', ' ')

/** Without the control characters by which a logged text could write over the terminal. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '·')
}
