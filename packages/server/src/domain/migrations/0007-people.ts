// Proofs for one purpose, deletions that can be undone, and who is known by whom elsewhere. Frozen, like every migration
// that was released.
import type { Migration } from '../../store/store.js'
import { type AnyTable, bytes, id, integer, nullable, table, text } from '../../store/table.js'

const identities = table({
  name: 'identities',
  columns: {
    id: id(),
    user_id: id(),
    provider: text(32),
    subject: text(255),
    email: nullable(text(254)),
    created_at: integer(),
    last_used_at: integer(),
  },
  key: ['id'],
  unique: [
    ['provider', 'subject'],
    ['user_id', 'provider'],
  ],
  owner: 'user_id',
}) as unknown as AnyTable

const spentCredentials = table({
  name: 'spent_credentials',
  columns: { hash: text(43), expires_at: integer() },
  key: ['hash'],
  expires: 'expires_at',
}) as unknown as AnyTable

export const people: Migration = {
  number: 7,
  name: 'people',
  steps: [
    { addColumn: { table: 'sessions', name: 'proof_purpose', column: nullable(text(64)) } },
    { addColumn: { table: 'sessions', name: 'proof_at', column: nullable(integer()) } },
    { addColumn: { table: 'users', name: 'restore_hash', column: nullable(bytes(32)) } },
    { create: identities },
    { create: spentCredentials },
  ],
}
