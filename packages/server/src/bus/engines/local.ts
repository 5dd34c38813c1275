// The bus of what one process keeps, in memory or in a file: it connects those that share `nodes`, a server by itself for
// as long as nobody puts several into one process. Other processes on a file, such as a command, are found by the look
// every second.
import { coalesced } from '../../util/coalesce.js'
import type { Bus } from '../bus.js'

/** A node: its hearers. */
type Node = (() => void)[]

/** @param nodes who hear each other */
export function openLocal(nodes: Set<Node>): Bus {
  const node: Node = []
  nodes.add(node)
  const tell = coalesced(async () => {
    for (const other of nodes) if (other !== node) for (const hearer of other) hearer()
  })
  let telling: Promise<void> | undefined
  return {
    name: 'local',
    announce: () => {
      if (nodes.has(node)) telling = tell()
    },
    hear: (hearer) => {
      node.push(hearer)
      queueMicrotask(() => nodes.has(node) && hearer())
    },
    isConnected: () => nodes.has(node),
    close: async () => {
      await telling
      nodes.delete(node)
    },
  }
}
