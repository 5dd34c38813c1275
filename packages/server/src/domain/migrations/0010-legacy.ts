// Tokens of the backend that users came from. Frozen, like every migration that was released.
import type { Migration } from '../../store/store.js'
import { type AnyTable, bytes, id, integer, nullable, table } from '../../store/table.js'

const legacySpent = table({
  name: 'legacy_spent',
  columns: { hash: bytes(32), user_id: id(), session_id: id(), spent_at: integer(), expires_at: integer() },
  key: ['hash'],
  expires: 'expires_at',
}) as unknown as AnyTable

export const legacy: Migration = {
  number: 10,
  name: 'legacy',
  steps: [
    { addColumn: { table: 'users', name: 'taken_over_at', column: nullable(integer()) } },
    { create: legacySpent },
  ],
}
