// A reader of Server-Sent Events that does nothing of its own: what was said, in its order.

export interface Said {
  readonly event: string
  readonly id?: string
  // biome-ignore lint/suspicious/noExplicitAny: tests read members of events without declaring them first
  readonly data: any
}

export interface Reader {
  readonly status: number
  readonly headers: Headers
  /** The next event; undefined where the server has ended the answer. */
  next(): Promise<Said | undefined>
  /** Events up to the next one of this kind, which is the last of them. */
  until(kind: string): Promise<Said[]>
  close(): Promise<void>
}

export async function readFeed(url: string, headers: Record<string, string>): Promise<Reader> {
  const stop = new AbortController()
  const answer = await fetch(url, { headers, signal: stop.signal })
  const events = eventsOf(answer)
  const next = async () => (await events.next()).value ?? undefined
  return {
    status: answer.status,
    headers: answer.headers,
    next,
    until: async (kind) => {
      const seen: Said[] = []
      for (let one = await next(); one; one = await next()) {
        seen.push(one)
        if (one.event === kind) return seen
      }
      throw new Error(`the feed ended before «${kind}»: ${JSON.stringify(seen)}`)
    },
    close: async () => stop.abort(),
  }
}

async function* eventsOf(answer: Response): AsyncGenerator<Said, undefined> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const bytes of answer.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(bytes, { stream: true })
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      yield said(text.slice(0, end))
      text = text.slice(end + 2)
    }
  }
  return undefined
}

function said(block: string): Said {
  const fields = Object.fromEntries(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  )
  return {
    event: fields.event ?? '',
    ...(fields.id !== undefined && { id: fields.id }),
    data: JSON.parse(fields.data ?? 'null'),
  }
}
