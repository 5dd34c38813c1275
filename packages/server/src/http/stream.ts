// Answers that go on for as long as the client listens: Server-Sent Events (WHATWG HTML, section 9.2). An operation
// with `streams` gives them one by one. Whoever reads slowly is waited for, and whoever does not read at all is cut off.
import type { IncomingHttpHeaders } from 'node:http'
import type { Data } from '@sallyport/protocol'
import type { Core, Exchange } from './serve.js'

/** Milliseconds for which a client may leave unread what it was sent. */
const PATIENCE = 30_000

export interface Events {
  readonly items: AsyncIterable<Data>
  /** The data of an item, on one line. */
  print(item: Data): string
}

/** What a streaming operation answered, with the printer of its route. */
export function eventsOf(output: unknown, print: ((item: Data, input: Data) => string) | undefined): Events {
  return { items: output as AsyncIterable<Data>, print: (item) => print?.(item, {}) ?? '' }
}

/** The input, with the id of the last event that the client has seen; its header comes before the query. */
export function resumed(input: Data, headers: IncomingHttpHeaders): Data {
  const id = headers['last-event-id']
  return typeof id === 'string' && id.length <= 32 ? { ...input, last_event_id: id } : input
}

/** The server closes: answers end their connections from now on, and those that would go on end at once. */
export function letGoOfStreams(core: Core): void {
  core.closing = true
  for (const end of core.streams) end()
}

/** Writes head and events until the items end, the client goes, or the server closes. */
export async function writeEvents(
  core: Core,
  { request, response, requestId }: Exchange,
  status: number,
  headers: (string | string[])[],
  events: Events,
  patience = PATIENCE,
): Promise<void> {
  const items = events.items[Symbol.asyncIterator]()
  const end = () => void items.return?.()
  response.once('close', end)
  core.streams.add(end)
  try {
    response.writeHead(status, headers)
    if (request.method === 'HEAD') return
    response.flushHeaders()
    for (let next = await items.next(); !next.done && !response.destroyed; next = await items.next())
      if (!response.write(textOf(next.value, events))) await drained(response, patience)
  } catch (err) {
    // The head is gone already: the client hears of it by the end, and comes back.
    core.door.log.error({ requestId, err }, 'a stream ended early')
  } finally {
    core.streams.delete(end)
    end()
    response.end()
  }
}

function textOf(item: Data, { print }: Events): string {
  const id = item.id === undefined ? '' : `id: ${item.id}\n`
  return `event: ${item.kind}\n${id}data: ${print(item)}\n\n`
}

/** Waits until what was written has been read, or the client is gone; one that does not read is sent away. */
function drained(response: Exchange['response'], patience: number): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(() => response.destroy(), patience)
    const go = () => {
      clearTimeout(timer)
      response.off('drain', go).off('close', go)
      done()
    }
    response.on('drain', go).on('close', go)
  })
}
