// Proofs for one purpose, deletions that can be undone, and who is known by whom elsewhere. Frozen, like every migration
// that was released.
import type { Migration } from '../../store/store.js'
import { bytes, integer, nullable, text } from '../../store/table.js'

export const people: Migration = {
  number: 7,
  name: 'people',
  steps: [
    { addColumn: { table: 'sessions', name: 'proof_purpose', column: nullable(text(64)) } },
    { addColumn: { table: 'sessions', name: 'proof_at', column: nullable(integer()) } },
    { addColumn: { table: 'users', name: 'restore_hash', column: nullable(bytes(32)) } },
  ],
}
