// Requests counted by operation, method and class of status, with how long they took. Counting is a look-up and three
// additions, because every request pays for it; the samples are made when somebody asks for them.
import type { Family, Sample } from './metrics.js'

/** Upper bounds in milliseconds; the last bucket has none. */
const bounds = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000]

interface Row {
  readonly labels: Readonly<Record<string, string>>
  /** By bucket, not added up yet. */
  readonly buckets: Float64Array
  sum: number
}

export interface RequestCounter {
  /** Counts a request; `operation` is undefined where no route took it. */
  count(operation: string | undefined, method: string, status: number, milliseconds: number): void
  readonly family: Family
}

export function createRequestCounter(): RequestCounter {
  const rows = new Map<string, Map<string, Row[]>>()
  const open = (operation: string, method: string): Row[] => {
    const methods = rows.get(operation) ?? new Map<string, Row[]>()
    const classes: Row[] = []
    rows.set(operation, methods.set(method, classes))
    return classes
  }
  const rowOf = (operation: string, method: string, status: number): Row => {
    const classes = rows.get(operation)?.get(method) ?? open(operation, method)
    const first = Math.floor(status / 100)
    classes[first] ??= {
      labels: { operation, method, status: `${first}xx` },
      buckets: new Float64Array(bounds.length + 1),
      sum: 0,
    }
    return classes[first]
  }
  return {
    count: (operation = 'none', method, status, milliseconds) => {
      const row = rowOf(operation, method, status)
      let bucket = 0
      while (bucket < bounds.length && milliseconds > (bounds[bucket] as number)) bucket++
      row.buckets[bucket]! += 1
      row.sum += milliseconds
    },
    family: {
      name: 'sallyport_http_request_duration_seconds',
      help: 'Requests by operation, method and class of status, with their duration.',
      type: 'histogram',
      collect: () =>
        [...rows.values()].flatMap((methods) =>
          [...methods.values()].flatMap((classes) => classes.filter(Boolean).flatMap(samplesOf)),
        ),
    },
  }
}

function samplesOf({ labels, buckets, sum }: Row): Sample[] {
  let count = 0
  const samples: Sample[] = []
  for (const [index, own] of buckets.entries()) {
    count += own
    const le = index < bounds.length ? String((bounds[index] as number) / 1000) : '+Inf'
    samples.push({ suffix: '_bucket', labels: { ...labels, le }, value: count })
  }
  samples.push({ suffix: '_sum', labels, value: sum / 1000 })
  samples.push({ suffix: '_count', labels, value: count })
  return samples
}
