// Our figures as prom-client prints them, together with its own of the process: processor, memory, garbage collection,
// the delay of the event loop. Another client library would be another file like this one.
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Family } from './metrics.js'

/** Prints the families and the figures of the process. Begins to watch the event loop. */
export function createPrinter(families: readonly Family[]): () => Promise<string> {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const family of families) registry.registerMetric(adapt(family) as never)
  return () => registry.metrics()
}

/** All that a registry asks of a metric is its name and what it holds now. */
function adapt({ name, help, type, collect }: Family) {
  const get = async () => ({
    name,
    help,
    type,
    values: collect().map(({ suffix = '', labels = {}, value }) => ({
      metricName: `${name}${suffix}`,
      labels,
      value,
    })),
  })
  return { name, help, type, get }
}
