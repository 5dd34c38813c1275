// What keeps a database from being written. Frozen, like every migration that was released.
import type { Migration } from '../../store/store.js'
import { type AnyTable, id, integer, table, text } from '../../store/table.js'

const holdTable = table({
  name: 'holds',
  columns: {
    id: text(8),
    state: text(8),
    move: id(),
    other: text(512),
    at: integer(),
    expires_at: integer(),
  },
  key: ['id'],
  expires: 'expires_at',
}) as unknown as AnyTable

export const holds: Migration = { number: 12, name: 'holds', steps: [{ create: holdTable }] }
