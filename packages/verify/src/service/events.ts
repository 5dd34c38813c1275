// Server-Sent Events (WHATWG HTML, section 9.2) out of bytes, as far as the feed needs them.

export interface Event {
  readonly name: string
  readonly id: string | undefined
  readonly data: string
}

/** Characters of one event; nothing of ours comes near. */
const longest = 65_536

/** Throws Error where an event is too long or is no UTF-8. */
export async function* readEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Event, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let event = begin()
  let length = 0
  for await (const chunk of chunks) {
    text += decoder.decode(chunk, { stream: true })
    for (let end = text.search(/\r\n|\n/); end >= 0; end = text.search(/\r\n|\n/)) {
      const line = text.slice(0, end)
      text = text.slice(end + (text[end] === '\r' ? 2 : 1))
      length += line.length
      if (line !== '') take(event, line)
      else {
        if (event.data.length > 0) yield { name: event.name, id: event.id, data: event.data.join('\n') }
        event = begin()
        length = 0
      }
      if (length > longest) throw new Error('an event of the feed is too long')
    }
    if (text.length > longest) throw new Error('an event of the feed is too long')
  }
}

interface Beginning {
  name: string
  id: string | undefined
  data: string[]
}

const begin = (): Beginning => ({ name: 'message', id: undefined, data: [] })

function take(event: Beginning, line: string): void {
  const colon = line.indexOf(':')
  const field = colon < 0 ? line : line.slice(0, colon)
  const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
  if (field === 'event') event.name = value
  if (field === 'id') event.id = value
  if (field === 'data') event.data.push(value)
}
