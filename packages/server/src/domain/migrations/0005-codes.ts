// Codes and links that prove addresses. Frozen, like every migration that was released.
import type { Migration } from '../../store/store.js'
import { type AnyTable, bytes, id, integer, nullable, table, text } from '../../store/table.js'

const create = table({
  name: 'codes',
  columns: {
    id: id(),
    purpose: text(16),
    subject: text(43),
    user_id: nullable(id()),
    address: nullable(text(254)),
    shown: nullable(text(254)),
    code_hash: bytes(32),
    link_hash: bytes(32),
    ticket_hash: bytes(32),
    binding: bytes(32),
    tries: integer(),
    created_at: integer(),
    ends_at: integer(),
    expires_at: integer(),
  },
  key: ['id'],
  unique: [['purpose', 'subject'], ['link_hash'], ['ticket_hash']],
  indexes: [
    ['purpose', 'address'],
    ['user_id', 'purpose'],
  ],
  expires: 'expires_at',
  owner: 'user_id',
}) as unknown as AnyTable

export const codes: Migration = { number: 5, name: 'codes', steps: [{ create }] }
