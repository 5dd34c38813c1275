// Verifier keys that count no longer, though settings list them. Frozen, like every migration that was released.
import type { Migration } from '../../store/store.js'
import { type AnyTable, integer, table, text } from '../../store/table.js'

const removed = table({
  name: 'removed_verifiers',
  columns: { id: text(16), removed_at: integer() },
  key: ['id'],
}) as unknown as AnyTable

export const removedVerifiers: Migration = {
  number: 15,
  name: 'removed_verifiers',
  steps: [{ create: removed }],
}
