// Mail and SMS on their way. Frozen, like every migration that was released.
import type { Migration } from '../../store/store.js'
import { type AnyTable, bytes, id, integer, nullable, table, text } from '../../store/table.js'

const create = table({
  name: 'outbox',
  columns: {
    id: id(),
    user_id: nullable(id()),
    topic: text(32),
    channel: text(8),
    sealed: bytes(16_384),
    state: text(8),
    attempts: integer(),
    due_at: integer(),
    created_at: integer(),
    good_until: integer(),
    expires_at: integer(),
  },
  key: ['id'],
  indexes: [['state', 'due_at'], ['created_at'], ['user_id', 'created_at']],
  expires: 'expires_at',
  owner: 'user_id',
}) as unknown as AnyTable

export const outbox: Migration = { number: 2, name: 'outbox', steps: [{ create }] }
