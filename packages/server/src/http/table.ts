// The paths that are served, for requests that no route takes: which methods a path knows (405 and `Allow`), and whose
// words a stranger near it should hear. Slow and small; nothing that succeeds comes here, preflights excepted.
import { methodsOf, type Speech, type Spot } from './compile.js'

export interface Table {
  /** The methods of a path; undefined where there is no such path. */
  methods(path: string): readonly string[] | undefined
  /** The contract whose paths share the longest beginning with this one; the first of all where none does. */
  nearest(path: string): Speech
}

interface Entry {
  readonly steps: readonly string[]
  readonly methods: Set<string>
}

/** Builds the table from the spots and the server's own paths. */
export function buildTable(
  speeches: readonly Speech[],
  spots: readonly Spot[],
  own: readonly { readonly path: string; readonly method?: string }[],
): Table {
  const entries = new Map<string, Entry>()
  const neighbours = new Map<string, Speech>()
  const places = [
    ...spots.map((spot) => ({ path: spot.path, methods: methodsOf(spot) })),
    ...own.map(({ path, method = 'GET' }) => ({
      path,
      methods: method === 'GET' ? ['GET', 'HEAD'] : [method],
    })),
  ]
  for (const { path, methods } of places) {
    const key = path.replaceAll(/:\w+/g, ':')
    const entry = entries.get(key) ?? { steps: path.split('/'), methods: new Set() }
    entries.set(key, entry)
    for (const method of methods) entry.methods.add(method)
  }
  for (const { path, routes } of spots) {
    const speech = routes[0]?.speech
    const steps = path.split('/')
    for (let count = 2; speech && count <= steps.length; count++) {
      const start = steps.slice(0, count).join('/')
      if (!neighbours.has(start)) neighbours.set(start, speech)
    }
  }
  return {
    methods: (path) => findMethods([...entries.values()], path.split('/')),
    nearest: (path) => findNearest(neighbours, path.split('/')) ?? (speeches[0] as Speech),
  }
}

function findMethods(entries: readonly Entry[], steps: readonly string[]): string[] | undefined {
  const fitting = entries.filter(
    (entry) =>
      entry.steps.length === steps.length &&
      entry.steps.every((step, index) => (step[0] === ':' ? steps[index] !== '' : step === steps[index])),
  )
  if (fitting.length === 0) return undefined
  return [...new Set(fitting.flatMap((entry) => [...entry.methods]))].sort()
}

function findNearest(neighbours: ReadonlyMap<string, Speech>, steps: readonly string[]): Speech | undefined {
  for (let count = Math.min(steps.length, 16); count >= 2; count--) {
    const found = neighbours.get(steps.slice(0, count).join('/'))
    if (found) return found
  }
  return undefined
}
