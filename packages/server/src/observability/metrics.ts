// Figures for those who run the server. What is counted lies in plain numbers and maps, which every request can afford;
// prom-client prints them and adds those of the process, and is imported only when somebody may ask. No figure has a
// label that a stranger can choose, and none names a person. Next: requests.ts, metrics-server.ts, tracing.ts, log.ts.
import type { Context } from '../domain/context.js'
import type { EventName } from '../domain/events.js'
import { createRequestCounter, type RequestCounter } from './requests.js'

/** Everything that is shown under one name. */
export interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  collect(): readonly Sample[]
}

export interface Sample {
  readonly value: number
  readonly labels?: Readonly<Record<string, string>>
  /** What a histogram's samples are called behind the name. */
  readonly suffix?: '_bucket' | '_sum' | '_count'
}

export interface Metrics {
  readonly countRequest: RequestCounter['count']
  /** All families in Prometheus' text format, version 0.0.4. */
  print(): Promise<string>
}

/** The content type of what `print` answers. */
export const metricsType = 'text/plain; version=0.0.4; charset=utf-8'

/** Figures of a server; they are counted from now on. */
export function createMetrics(
  { events, hasher, keys }: Pick<Context, 'events' | 'hasher' | 'keys'>,
  version: string,
): Metrics {
  const requests = createRequestCounter()
  const heard = new Map<EventName, number>()
  events.hear((name) => {
    heard.set(name, (heard.get(name) ?? 0) + 1)
  })
  const families: Family[] = [
    gauge('sallyport_build_info', 'Which program this is; always 1.', () => [
      { labels: { version, node: process.version }, value: 1 },
    ]),
    requests.family,
    {
      name: 'sallyport_events_total',
      help: 'Events by name, as the log and the audit log have them.',
      type: 'counter',
      collect: () => [...heard].map(([event, value]) => ({ labels: { event }, value })),
    },
    ...hashing(hasher),
    gauge('sallyport_verified_tokens', 'Access tokens whose signature need not be checked again.', () => [
      { value: keys.cached() },
    ]),
  ]
  let printer: Promise<() => Promise<string>> | undefined
  return {
    countRequest: requests.count,
    print: async () => {
      printer ??= import('./prometheus.js').then(({ createPrinter }) => createPrinter(families))
      return (await printer)()
    },
  }
}

function hashing(hasher: Context['hasher']): Family[] {
  const one = (pick: keyof ReturnType<typeof hasher.stats>, scale = 1) => {
    return () => [{ value: hasher.stats()[pick] / scale }]
  }
  return [
    gauge('sallyport_hash_threads', 'Threads that hash passwords.', one('threads')),
    gauge('sallyport_hash_running', 'Password hashes that are being computed.', one('running')),
    gauge('sallyport_hash_waiting', 'Password hashes that wait for a thread.', one('waiting')),
    gauge('sallyport_hash_average_seconds', 'How long one hash takes, lately.', one('average', 1000)),
    counter('sallyport_hash_done_total', 'Password hashes computed.', one('done')),
    counter('sallyport_hash_turned_away_total', 'Password hashes refused as overload.', one('turnedAway')),
  ]
}

function gauge(name: string, help: string, collect: Family['collect']): Family {
  return { name, help, type: 'gauge', collect }
}

function counter(name: string, help: string, collect: Family['collect']): Family {
  return { name, help, type: 'counter', collect }
}
